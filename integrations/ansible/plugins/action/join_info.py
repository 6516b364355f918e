# Makes a token on a control plane, and says how a node joins with it.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import yaml

from ansible_collections.k8sprep.host.plugins.plugin_utils.program import ProgramAction


class ActionModule(ProgramAction):
    ARGUMENTS = {
        "control_plane": {"type": "bool", "default": False},
        "ttl": {"type": "str"},
    }

    def act(self):
        self.wants_running("A token is made")
        if self.check:
            return {"changed": False, "skipped": True, "msg": "a token is made where nodes are to join, not in check mode"}
        words = ["token", "create", "--output", "json"]
        if self.args["ttl"]:
            words += ["--ttl", self.args["ttl"]]
        if self.args["control_plane"]:
            words.append("--control-plane")
        ended = self.call(words, secret=True)
        made = ended.document or {}
        if ended.status != 0 or "spec" not in made:
            self.fail(ended)
        # Whoever registers it has it; no callback and no log does, at any verbosity.
        return {"changed": True, "join": yaml.safe_load(made["spec"])["join"], "_ansible_no_log": True}
