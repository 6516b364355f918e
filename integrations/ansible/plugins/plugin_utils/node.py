# What `node`, `verify` and `bundle` have in common: a spec, and how it is handed to the program.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import json
import os

from ansible.errors import AnsibleActionFail
from ansible_collections.k8sprep.host.plugins.plugin_utils.program import COMMON, ProgramAction
from ansible_collections.k8sprep.host.plugins.plugin_utils.spec import SPEC

NODE = {
    "spec": dict(SPEC, type="dict"),
    "spec_file": {"type": "path"},
    "packages": {"type": "bool", "default": True},
    "keys": {"type": "list", "elements": "path", "default": []},
    "pins": {"type": "list", "elements": "str", "default": []},
    "bundle": {"type": "path"},
    "bundle_sha256": {"type": "str"},
}
RULES = {"mutually_exclusive": [("spec", "spec_file")], "required_one_of": [("spec", "spec_file")]}


def given(value):
    """A spec without what was not said: Ansible fills in `None` for every option."""
    if isinstance(value, dict):
        return {key: given(inner) for key, inner in value.items() if inner is not None}
    return value


class NodeAction(ProgramAction):
    """An action that has a spec."""

    def spec(self):
        """The spec as YAML: a map as JSON, which is YAML, or a file of the controller as it is."""
        path = self.args["spec_file"]
        if path is None:
            return json.dumps(given(self.args["spec"]))
        path = os.path.expanduser(path)
        try:
            found = self._find_needle("files", path) if not os.path.isabs(path) else path
            with open(found, encoding="utf-8") as file:
                return file.read()
        except OSError as error:
            raise AnsibleActionFail("The spec %s cannot be read: %s" % (path, error.strerror)) from None

    def words(self):
        """The flags that say what the node shall be; the spec itself is on stdin."""
        words = ["--spec", "-"] + self.place()
        if not self.args["packages"]:
            words.append("--no-packages")
        for key in self.args["keys"]:
            words += ["--key", key]
        for pin in self.args["pins"]:
            words += ["--pin", pin]
        if self.args["bundle"]:
            words += ["--bundle", self.args["bundle"]]
        if self.args["bundle_sha256"]:
            words += ["--sha256", self.args["bundle_sha256"]]
        return words


__all__ = ["COMMON", "NODE", "NodeAction", "RULES", "given"]
