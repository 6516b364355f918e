# The program on its way to a host: pushed once by digest, run over raw commands, its one JSON document read.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shlex

from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase

# What every module takes.
COMMON = {
    "binary": {"type": "raw"},
    "host_binary": {"type": "path"},
    "binary_dir": {"type": "path", "default": "/usr/local/libexec/k8sprep"},
    "root": {"type": "path"},
}
# For modules that change a host.
CHANGES = {"wait": {"type": "str"}}

# Bootstrap tokens and certificate keys, as kubeadm prints them among what it says.
SECRET = re.compile(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b|(?<=--certificate-key )\S+")

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
LINK = "/usr/local/bin/k8sprep"


class Ended:
    """How a run of the program ended."""

    def __init__(self, raw):
        self.status = raw.get("rc", -1)
        self.stdout = raw.get("stdout", "")
        self.stderr = raw.get("stderr", "")
        self.document = document(self.stdout)

    def code(self):
        """The stable code of a failure: of its document, else the one in brackets at the end of a line."""
        found = self.document or {}
        return found.get("code") or found.get("failureCode") or code_in(self.stderr)


def document(text):
    """The JSON object that a program printed, or nothing: a login banner may stand before it."""
    start = text.find("{")
    while start >= 0:
        try:
            found = json.JSONDecoder().raw_decode(text[start:])[0]
        except ValueError:
            found = None
        if isinstance(found, dict) and str(found.get("schema", "")).startswith("k8sprep."):
            return found
        start = text.find("{", start + 1)
    return None


def code_in(text):
    """The last `[kebab-case-code]` that ends a line which begins with `error:`."""
    found = None
    for line in text.splitlines():
        if line.startswith("error") and line.endswith("]") and "[" in line:
            found = line[line.rindex("[") + 1:-1]
    return found


def said(stderr):
    """The errors of a program in its own words, without the progress before them."""
    lines = stderr.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("error"):
            return "\n".join(lines[number:])
    return stderr.strip()


def without_secrets(text):
    """The text without tokens and keys by which nodes join."""
    return SECRET.sub("***", text)


def digest(path):
    """The SHA-256 of a file of the controller."""
    sha = hashlib.sha256()
    with open(path, "rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            sha.update(block)
    return sha.hexdigest()


class ProgramAction(ActionBase):
    """An action that runs k8sprep on a host which has a shell, and need have nothing else."""

    ARGUMENTS: dict = {}
    RULES: dict = {}
    CHECK_MODE = True
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp=None, task_vars=None):
        result = super().run(tmp, task_vars)
        del tmp
        self._supports_check_mode = self.CHECK_MODE
        spec = dict(COMMON, **self.ARGUMENTS)
        self.check = bool(self._task.check_mode)
        self.diff = bool(getattr(self._task, "diff", False))
        secrets = set()
        try:
            checked, self.args = self.validate_argument_spec(argument_spec=spec, **self.RULES)
            secrets = getattr(checked, "_no_log_values", secrets)
            self.prepare()
            self.program = self._bring()
            result.update(self.act())
        except AnsibleActionFail as failure:
            # A result and no exception, so that `failed_when` and `ignore_errors` see it.
            result.update(failure.result or {}, failed=True, msg=str(failure.message))
        finally:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        censored = result.pop("_ansible_no_log", None)
        facts = result.pop("ansible_facts", None)
        if not censored:
            result = remove_values(result, secrets)
        else:
            result["_ansible_no_log"] = True
        if facts is not None:
            result["ansible_facts"] = remove_values(facts, secrets)
        return result

    def prepare(self):
        """What comes before the first word to the host."""

    def act(self):
        raise NotImplementedError

    # The program.

    def _bring(self):
        """The path of the program on the host; it is pushed where it is not there yet."""
        if self.args["host_binary"]:
            return self.args["host_binary"]
        paths = self._binaries()
        digests = {machine: digest(path) for machine, path in paths.items()}
        places = {m: "%s/k8sprep-%s" % (self.args["binary_dir"], d[:16]) for m, d in digests.items()}
        wanted = " ".join(shlex.quote(place) for place in sorted(set(places.values())))
        answer = self._sh("uname -m; sha256sum %s 2>/dev/null || true" % wanted)
        lines = answer["stdout"].split("\n")
        machine = lines[0].strip()
        if answer["rc"] != 0 or not machine:
            raise AnsibleActionFail("No shell answers on this host: %s" % answer["stderr"].strip())
        of = machine if machine in paths else "any"
        if of not in paths:
            raise AnsibleActionFail("There is no program for a host of %s: `binary` has %s." % (machine, ", ".join(sorted(paths))))
        place = places[of]
        if any(line.split()[:1] == [digests[of]] and line.strip().endswith(place) for line in lines[1:]):
            return place
        return self._push(paths[of], place, digests[of])

    def _binaries(self):
        """The programs of the controller, by what `uname -m` says on a host; `any` for one that is for all."""
        given = self.args["binary"] or os.environ.get("K8SPREP_BINARY")
        if not given:
            raise AnsibleActionFail("`binary` has to say where the program lies on the controller, or `host_binary` where it lies on the host.")
        if not isinstance(given, dict):
            given = {"any": given}
        paths = {}
        for machine, path in given.items():
            path = os.path.expanduser(str(path))
            if not os.path.isfile(path):
                raise AnsibleActionFail("There is no program %s on the controller." % path)
            paths[MACHINES.get(machine, machine)] = path
        return paths

    def _push(self, path, place, wanted):
        tmp = self._connection._shell.tmpdir or self._make_tmp_path()
        new = self._connection._shell.join_path(tmp, "k8sprep")
        self._transfer_file(path, new)
        self._fixup_perms2([tmp, new])
        if self.check:
            # Check mode leaves no file behind: it runs from here, and the directory goes with the task.
            self._must("chmod 0755 %s" % shlex.quote(new), "The program cannot be used for check mode")
            return new
        directory = shlex.quote(os.path.dirname(place))
        quoted = shlex.quote(place)
        script = (
            # A name of its own: two plays may bring it at once.
            "set -e; umask 022; mkdir -p {dir}; new={place}.$$; cp {new} \"$new\"; chmod 0755 \"$new\"; "
            "echo \"{digest}  $new\" | sha256sum -c - >/dev/null; mv -f \"$new\" {place}; "
            "if command -v restorecon >/dev/null 2>&1; then restorecon -RF {dir} || true; fi"
        ).format(dir=directory, new=shlex.quote(new), place=quoted, digest=wanted)
        if not self.args["root"]:
            # Who logs in at night finds it, and `k8sprep rollback` works.
            script += "; if [ -L {link} ] || [ ! -e {link} ]; then ln -sfn {place} {link} 2>/dev/null || true; fi".format(link=LINK, place=quoted)
        self._must(script, "The program could not be laid into %s" % os.path.dirname(place))
        return place

    # Running.

    def _sh(self, command, stdin=None):
        environment = self._compute_environment_string().strip()
        if environment:
            command = "%s /bin/sh -c %s" % (environment, shlex.quote(command))
        return self._low_level_execute_command(command, in_data=stdin)

    def _must(self, command, what):
        answer = self._sh(command)
        if answer["rc"] != 0:
            raise AnsibleActionFail("%s: %s" % (what, (answer["stderr"] or answer["stdout"]).strip()))

    @contextlib.contextmanager
    def _unheard(self):
        """A connection shows at -vvv what a command printed, unless its task is no_log."""
        context = getattr(self._connection, "_play_context", None) or self._play_context
        before, context.no_log = context.no_log, True
        try:
            yield
        finally:
            context.no_log = before

    def call(self, words, stdin=None, secret=False):
        """Runs the program. What is on stdin is in no list of processes and in no log; with `secret` what it prints is in none either."""
        line = " ".join(shlex.quote(str(word)) for word in [self.program] + list(words))
        data = stdin.encode("utf-8") if stdin is not None else None
        with self._unheard() if secret else contextlib.nullcontext():
            ended = Ended(self._sh(line, data))
        if ended.status in (126, 127):
            raise AnsibleActionFail(
                "%s cannot be run on this host: %s" % (self.program, ended.stderr.strip() or "it is not there, or its file system is noexec")
            )
        if ended.status == 2:
            raise AnsibleActionFail("The program does not take these words: %s" % without_secrets(said(ended.stderr)))
        return ended

    def place(self):
        return ["--root", self.args["root"]] if self.args["root"] else []

    def waiting(self):
        return ["--wait", self.args["wait"]] if self.args.get("wait") else []

    def wants_running(self, what):
        """Ends the task where a tree is meant: the program would work on the running host instead."""
        if self.args["root"]:
            raise AnsibleActionFail("%s on a running host; `root` cannot be given." % what)

    def document(self, ended, *schemas, ok=(0,), **more):
        """What the program printed, of one of these schemas; the task ends where it did not, or with another status."""
        found = ended.document or {}
        if ended.status not in ok or not str(found.get("schema")).startswith(schemas):
            self.fail(ended, **more)
        return found

    def fail(self, ended, **more):
        """Ends the task as the program ended: message, code, hints and problems are its own."""
        found = ended.document if ended.document and ended.document.get("schema") == "k8sprep.failure/v1" else {}
        problems = found.get("problems") or more.pop("problems", [])
        message = more.pop("msg", None) or found.get("message") or said(ended.stderr) or "k8sprep ended with %s" % ended.status
        message = without_secrets(message)
        result = {"code": ended.code(), "hints": found.get("hints", []), "problems": problems, "rc": ended.status}
        result.update(more)
        raise AnsibleActionFail(message, result={key: value for key, value in result.items() if value not in (None, [])})
