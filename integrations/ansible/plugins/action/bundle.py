# Installs the packages of a node from a bundle, and from nowhere else.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils import told
from ansible_collections.k8sprep.host.plugins.plugin_utils.node import NODE, RULES, NodeAction
from ansible_collections.k8sprep.host.plugins.plugin_utils.program import CHANGES


class ActionModule(NodeAction):
    ARGUMENTS = dict(
        {key: value for key, value in NODE.items() if key not in ("packages", "bundle", "bundle_sha256")},
        path={"type": "path", "required": True},
        sha256={"type": "str"},
        **CHANGES,
    )
    RULES = RULES

    def act(self):
        self.wants_running("A bundle is used")
        ended = self.call(["bundle", "check", self.args["path"]] + self._proof())
        if ended.status != 0:
            self.fail(ended)
        missing = self._missing()
        if self.check or not missing:
            return {"changed": bool(missing), "steps": told.short(missing)}
        words = ["bundle", "use", self.args["path"], "--yes", "--spec", "-"] + self._trust()
        ended = self.call(words, stdin=self.spec())
        if ended.status != 0:
            self.fail(ended)
        return {"changed": True, "steps": told.short(missing)}

    def _proof(self):
        words = []
        for pin in self.args["pins"]:
            words += ["--pin", pin]
        if self.args["sha256"]:
            words += ["--sha256", self.args["sha256"]]
        return words

    def _trust(self):
        words = self._proof()
        for key in self.args["keys"]:
            words += ["--key", key]
        return words

    def _missing(self):
        """The steps of a plan over the bundle that are about packages."""
        words = ["plan", "--output", "json", "--bundle", self.args["path"], "--spec", "-"] + self._trust()
        ended = self.call(words, stdin=self.spec())
        plan = ended.document or {}
        if "steps" not in plan:
            self.fail(ended)
        return [step for step in plan["steps"] if step["change"]["kind"] == "packages"]
