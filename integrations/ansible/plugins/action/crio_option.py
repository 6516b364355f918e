# Sets or removes one option of CRI-O, in a file of its own.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json

from ansible_collections.k8sprep.host.plugins.plugin_utils.program import ProgramAction


def written(value):
    """A value as the program takes it: a word as it is, everything else as JSON, which TOML's values are."""
    return value if isinstance(value, str) else json.dumps(value)


class ActionModule(ProgramAction):
    ARGUMENTS = {
        "name": {"type": "str", "required": True},
        "value": {"type": "raw"},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "file": {"type": "path"},
        "release": {"type": "str"},
    }
    RULES = {"required_if": [("state", "present", ("value",))]}

    def act(self):
        words = ["crio", "set" if self.args["state"] == "present" else "unset", "--diff"] + self.place()
        for flag in ("file", "release"):
            if self.args[flag]:
                words += ["--" + flag, self.args[flag]]
        if self.check:
            words.append("--dry-run")
        words += ["--", self.args["name"]]
        if self.args["state"] == "present":
            words.append(written(self.args["value"]))
        ended = self.call(words)
        if ended.status != 0:
            self.fail(ended)
        changed = bool(ended.stdout.strip())
        result = {"changed": changed, "name": self.args["name"]}
        if changed:
            result["diff"] = {"prepared": ended.stdout}
        return result
