# Takes a node to another minor of Kubernetes and CRI-O.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils.program import CHANGES, ProgramAction

# What `status` of the program's document says where nothing is left to do.
OVER = ("done",)


class ActionModule(ProgramAction):
    ARGUMENTS = dict(
        to={"type": "str"},
        state={"type": "str", "default": "upgraded", "choices": ["upgraded", "resumed", "aborted", "planned"]},
        role={"type": "str", "choices": ["first", "further"]},
        drain={"type": "str"},
        runtime={"type": "str"},
        **CHANGES,
    )
    RULES = {"required_if": [("state", "upgraded", ("to",)), ("state", "planned", ("to",))]}

    def act(self):
        state = self.args["state"]
        if state in ("upgraded", "planned"):
            planned = self._plan()
            if self.check or state == "planned" or not planned["changed"]:
                return planned
            words = ["upgrade", "apply", "--to", self.args["to"]] + self._role()
            for flag in ("drain", "runtime"):
                if self.args[flag]:
                    words += ["--" + flag] + self.args[flag].split(" ", 1)
            return self._take(words)
        if self.check:
            return {"changed": True, "msg": "what was begun would be %s" % state}
        return self._take(["upgrade", {"resumed": "resume", "aborted": "abort"}[state]])

    def _role(self):
        return ["--role", self.args["role"]] if self.args["role"] else []

    def _plan(self):
        ended = self.call(["upgrade", "plan", "--to", self.args["to"], "--output", "json"] + self._role() + self.place())
        plan = self._document(ended)
        result = told(plan)
        # 3: something is to be mended first, and each verdict says how. A plan alone shows it, an upgrade does not begin.
        if ended.status == 3 and self.args["state"] == "upgraded":
            first = next((one for one in plan["verdicts"] if one["severity"] == "error"), None) or plan["verdicts"][0]
            self.fail(ended, msg="%s [%s]" % (first["message"], first["code"]), **result)
        if ended.status not in (0, 3):
            open_ones = ["%s [%s]" % (one["unread"]["why"], one["code"]) for one in plan.get("undecided", [])]
            self.fail(ended, msg="it cannot be told whether it can begin: %s" % "; ".join(open_ones) if open_ones else None, **result)
        result["changed"] = self.args["state"] == "upgraded" and plan["status"] not in OVER
        return result

    def _take(self, words):
        ended = self.call(words + ["--yes", "--output", "json"] + self.waiting())
        if ended.status != 0:
            self.fail(ended, upgrade=ended.document)
        result = told(self._document(ended))
        result["changed"] = True
        return result

    def _document(self, ended):
        found = ended.document or {}
        if not str(found.get("schema")).startswith("k8sprep.upgrade/"):
            self.fail(ended)
        return found


def told(document):
    """What of the program's document is the task's result."""
    return {
        "status": document.get("status"),
        "role": document.get("role"),
        "from": document.get("from", {}),
        "steps": [{key: step[key] for key in ("id", "why", "state") if key in step} for step in document.get("steps", [])],
        "verdicts": document.get("verdicts", []),
    }
