# What Ansible shows of a plan.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils import told

FILE = {
    "resource": "crictl",
    "reason": "crictl asks",
    "change": {
        "kind": "file",
        "path": "/etc/crictl.yaml",
        "before": {"is": "absent"},
        "after": {"is": "file", "content": {"text": "a: b\n"}, "mode": 0o644},
    },
}


def test_a_file_is_a_diff_with_its_mode():
    assert told.diffs([FILE]) == [
        {"before_header": "/etc/crictl.yaml (absent)", "before": "", "after_header": "/etc/crictl.yaml (mode 0644)", "after": "a: b\n"}
    ]


def test_a_secret_is_a_digest_and_a_masked_file_stays_masked():
    assert told.text({"is": "file", "content": {"sha256": "abc"}, "mode": 0o600}) == ("(secret, sha256 abc)\n", " (mode 0600)")
    assert told.text({"is": "file", "content": {"masked": "proxy=***\n"}, "mode": 0o600})[0] == "proxy=***\n"
    assert told.text({"is": "file", "content": {"hex": "0001ff"}, "mode": 0o644})[0] == "(not text: 3 bytes)\n"
    assert told.text({"is": "link", "target": "/dev/null"}) == ("-> /dev/null\n", " (link)")


def test_what_is_no_file_is_a_sentence():
    value = {"reason": "pods are routed", "change": {"kind": "value", "path": "/proc/sys/net/ipv4/ip_forward", "before": "0", "after": "1"}}
    assert told.diffs([value]) == [{"prepared": "set /proc/sys/net/ipv4/ip_forward from 0 to 1: pods are routed\n"}]
    packages = {"reason": "asked for", "change": {"kind": "packages", "packages": [["kubelet", None, "1.34.0-1.1"]]}}
    assert told.sentence(packages) == "install kubelet 1.34.0-1.1: asked for"


def test_notes_are_warnings_with_their_code():
    note = {"what": "there is no unit crio.service", "hint": "it comes with its package", "code": "unit-missing"}
    assert told.notes({"notes": [note]}) == ["there is no unit crio.service (it comes with its package) [unit-missing]"]
    assert told.notes({}) == []


def test_a_result_has_no_contents():
    assert told.short([FILE]) == [{"resource": "crictl", "kind": "file", "subject": "/etc/crictl.yaml", "reason": "crictl asks"}]
