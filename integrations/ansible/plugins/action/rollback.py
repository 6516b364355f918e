# Puts back what was changed.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils.program import CHANGES, ProgramAction


class ActionModule(ProgramAction):
    ARGUMENTS = dict(to={"type": "int"}, force={"type": "bool", "default": False}, **CHANGES)

    def act(self):
        words = ["rollback", "--output", "json"] + self.place() + self.waiting()
        if self.args["to"] is not None:
            words += ["--to", self.args["to"]]
        if self.args["force"]:
            words.append("--force")
        if self.check:
            words.append("--dry-run")
        ended = self.call(words)
        said = ended.document or {}
        done = self.document(ended, "k8sprep.rollback", left=said.get("left"), kept=said.get("kept"))
        return {
            "changed": bool(done.get("transactions")),
            "transactions": done.get("transactions", []),
            "kept": done.get("kept", []),
            "needs": done.get("needs", []),
        }
