# Compares a host with its spec, and fails where it differs.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils import told
from ansible_collections.k8sprep.host.plugins.plugin_utils.node import NODE, RULES, NodeAction


class ActionModule(NodeAction):
    ARGUMENTS = dict(NODE, warn_only={"type": "bool", "default": False})
    RULES = RULES

    def act(self):
        ended = self.call(["verify", "--output", "json"] + self.words(), stdin=self.spec())
        plan = self.document(ended, "k8sprep.plan/", ok=(0, 3))
        steps = plan["steps"]
        differs = ended.status == 3
        findings = (plan.get("outlook") or {}).get("findings", [])
        result = {"changed": False, "conforms": not differs, "steps": told.short(steps), "findings": findings}
        if self.diff:
            result["diff"] = told.diffs(steps)
        if not differs:
            return result
        result["problems"] = plan["problems"]
        names = [step["subject"] for step in result["steps"]] + [problem["what"] for problem in plan["problems"]]
        names = names or [finding["message"] for finding in findings if finding["severity"] == "error"]
        message = ": ".join(["the host is not as wanted"] + ["; ".join(str(name) for name in names[:5])] * bool(names))
        if self.args["warn_only"]:
            result["warnings"] = [message]
        else:
            result.update(failed=True, msg=message)
        return result
