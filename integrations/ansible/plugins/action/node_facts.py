# What is so on a host, as facts.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils.program import ProgramAction

# What plays ask for. The rest fills a cache of facts for a thousand hosts.
SHORT = ("schema", "running", "distro", "kernel", "swap", "packages", "space", "profile", "findings")


class ActionModule(ProgramAction):
    ARGUMENTS = {
        "full": {"type": "bool", "default": False},
        "modules": {"type": "list", "elements": "str", "default": []},
        "sysctls": {"type": "list", "elements": "str", "default": []},
    }

    def act(self):
        words = ["facts", "--output", "json"] + self.place()
        for name in self.args["modules"]:
            words += ["--module", name]
        for key in self.args["sysctls"]:
            words += ["--sysctl", key]
        ended = self.call(words)
        facts = self.document(ended, "k8sprep.facts/")
        if not self.args["full"]:
            asked = [key for key in ("modules", "sysctls") if self.args[key]]
            facts = {key: value for key, value in facts.items() if key in SHORT or key in asked}
        return {"changed": False, "ansible_facts": {"k8sprep": facts}}
