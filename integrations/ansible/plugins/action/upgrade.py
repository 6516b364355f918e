# Takes a node to another minor of Kubernetes and CRI-O.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils.program import CHANGES, ProgramAction

SCHEMAS = ("k8sprep.upgrade/", "k8sprep.upgrade-status/")
# What of an upgrade there has to be for `resume` and `abort` to do something.
BEGUN = {"resumed": ("interrupted",), "aborted": ("interrupted", "going-back", "done")}


class ActionModule(ProgramAction):
    ARGUMENTS = dict(
        to={"type": "str"},
        state={"type": "str", "default": "upgraded", "choices": ["upgraded", "resumed", "aborted", "planned"]},
        role={"type": "str", "choices": ["first", "further"]},
        drain={"type": "str", "choices": ["self", "none"]},
        drain_kubeconfig={"type": "path"},
        drain_timeout={"type": "str"},
        delete_emptydir_data={"type": "bool", "default": False},
        force_unmanaged={"type": "bool", "default": False},
        ignore_preflight_errors={"type": "list", "elements": "str", "default": []},
        **CHANGES,
    )
    RULES = {
        "required_if": [("state", "upgraded", ("to",)), ("state", "planned", ("to",))],
        "mutually_exclusive": [("drain", "drain_kubeconfig")],
    }

    def act(self):
        state = self.args["state"]
        if state != "planned" and not (self.check and state == "upgraded"):
            self.wants_running("A node is upgraded")
        if state in ("upgraded", "planned"):
            planned = self._plan()
            if self.check or state == "planned" or not planned["changed"]:
                return planned
            words = ["upgrade", "apply", "--to", self.args["to"]] + self._role()
            if self.args["ignore_preflight_errors"]:
                words += ["--ignore-preflight-errors", ",".join(self.args["ignore_preflight_errors"])]
            return self._take(words + self.waiting())
        if self.check:
            return self._stands(BEGUN[state])
        return self._take(["upgrade", {"resumed": "resume", "aborted": "abort"}[state]])

    def _role(self):
        return ["--role", self.args["role"]] if self.args["role"] else []

    def _drain(self):
        words = []
        for name in ("drain", "drain_kubeconfig", "drain_timeout"):
            if self.args[name]:
                words += ["--" + name.replace("_", "-"), self.args[name]]
        return words + ["--" + name.replace("_", "-") for name in ("delete_emptydir_data", "force_unmanaged") if self.args[name]]

    def _plan(self):
        ended = self.call(["upgrade", "plan", "--to", self.args["to"], "--output", "json"] + self._role() + self.place())
        plan = self.document(ended, *SCHEMAS, ok=range(256))
        result = told(plan)
        # 3: something is to be mended first, and each verdict says how. A plan alone shows it, an upgrade does not begin.
        if ended.status == 3 and self.args["state"] == "upgraded":
            first = next((one for one in plan["verdicts"] if one["severity"] == "error"), None) or plan["verdicts"][0]
            self.fail(ended, msg="%s [%s]" % (first["message"], first["code"]), **result)
        if ended.status not in (0, 3):
            open_ones = ["%s [%s]" % (one["unread"]["why"], one["code"]) for one in plan.get("undecided", [])]
            self.fail(ended, msg="it cannot be told whether it can begin: %s" % "; ".join(open_ones) if open_ones else None, **result)
        result["changed"] = self.args["state"] == "upgraded" and plan["status"] != "done"
        return result

    def _take(self, words):
        ended = self.call(words + self._drain() + ["--yes", "--output", "json"])
        if ended.status == 4:
            left = (ended.document or {}).get("left", [])
            self.fail(ended, msg="what can go back has, and this stays: %s" % "; ".join(left), **told(ended.document or {}))
        result = told(self.document(ended, *SCHEMAS))
        result["changed"] = True
        return result

    def _stands(self, begun):
        status = self.document(self.call(["upgrade", "status", "--output", "json"]), *SCHEMAS, ok=range(256))
        return dict(told(status), changed=status["status"] in begun)


def told(document):
    """What of the program's document is the task's result: of a plan what would be, of a run what was."""
    steps = [{key: step[key] for key in ("id", "why", "state", "done") if key in step} for step in document.get("steps", [])]
    result = {"status": document.get("status"), "role": document.get("role"), "steps": steps, "verdicts": document.get("verdicts", [])}
    for key in ("from", "undone", "left"):
        if document.get(key):
            result[key] = document[key]
    return result
