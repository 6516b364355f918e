# How the words of the program are read.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils import program
from ansible_collections.k8sprep.host.plugins.plugin_utils.node import given
from ansible_collections.k8sprep.host.plugins.plugin_utils.spec import SPEC


def test_the_document_is_found_behind_a_banner():
    text = 'Welcome {to} this host\n{"a": 1}\n{"schema": "k8sprep.plan/v1", "steps": []}\n'
    assert program.document(text) == {"schema": "k8sprep.plan/v1", "steps": []}
    assert program.document("nothing here") is None
    assert program.document('{"schema": "k8sprep.plan/v1", "st') is None
    assert program.document('{"schema": "of somebody else"}') is None


def test_the_code_is_that_of_the_document_else_that_of_the_last_error():
    ended = program.Ended({"rc": 1, "stdout": '{"schema": "k8sprep.failure/v1", "code": "spec-invalid"}', "stderr": "error: x [other]"})
    assert ended.code() == "spec-invalid"
    assert program.Ended({"rc": 1, "stdout": "", "stderr": "note: a [b]\nerror: nothing waits [not-waiting]\n"}).code() == "not-waiting"
    assert program.code_in("note: a [b]\n") is None
    assert program.code_in("") is None


def test_errors_are_told_without_the_progress_before_them():
    assert program.said("[1/5] create /etc/a\nerror: no [x]\n --> f:1\n") == "error: no [x]\n --> f:1"
    assert program.said("odd\n") == "odd"


def test_what_kubeadm_prints_of_joining_is_not_handed_on():
    text = "kubeadm join h:6443 --token abcdef.0123456789abcdef \\\n\t--control-plane --certificate-key 0a1b --v=5"
    assert program.without_secrets(text) == "kubeadm join h:6443 --token *** \\\n\t--control-plane --certificate-key *** --v=5"
    assert program.without_secrets("kubeadm v1.34.0 of registry.k8s.io") == "kubeadm v1.34.0 of registry.k8s.io"


def test_what_was_not_said_is_not_handed_on():
    said = {"role": "worker", "join": {"token": "t", "certificateKey": None}, "modules": None, "proxy": {"noProxy": []}}
    assert given(said) == {"role": "worker", "join": {"token": "t"}, "proxy": {"noProxy": []}}


def test_secrets_of_a_spec_are_not_logged():
    options = SPEC["options"]
    assert options["token"]["no_log"]
    assert options["join"]["options"]["token"]["no_log"]
    assert options["join"]["options"]["certificateKey"]["no_log"]
    assert options["proxy"]["options"]["httpProxy"]["no_log"]
    assert options["proxy"]["options"]["httpsProxy"]["no_log"]
    assert options["kubernetesVersion"]["required"]
