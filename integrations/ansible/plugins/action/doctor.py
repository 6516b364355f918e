# Says what is wrong with a host, and cures what a plan can cure.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils.program import CHANGES, ProgramAction


class ActionModule(ProgramAction):
    ARGUMENTS = dict(
        select={"type": "list", "elements": "str", "default": []},
        ignore={"type": "list", "elements": "str", "default": []},
        fail_on={"type": "str", "default": "error", "choices": ["error", "warning", "note", "never"]},
        fix={"type": "str", "default": "none", "choices": ["none", "safe", "unsafe"]},
        **CHANGES,
    )

    def act(self):
        changed = False
        if self.args["fix"] != "none":
            changed = self._fix()
        ended, report = self._look()
        result = {
            "changed": changed,
            "findings": report["findings"],
            "summary": report["summary"],
            "undecided": len(report.get("undecided", [])),
        }
        if ended.status == 3 and self.args["fail_on"] != "never":
            worst = [finding for finding in report["findings"] if not finding.get("explainedBy")] or report["findings"]
            message = "%s [%s]" % (worst[0]["message"], worst[0]["code"]) if worst else "something was found"
            result.update(failed=not (self.check and self.args["fix"] != "none"), msg=message)
        return result

    def _words(self):
        words = self.place()
        for name in self.args["select"]:
            words += ["--select", name]
        for name in self.args["ignore"]:
            words += ["--ignore", name]
        return words

    def _look(self):
        fail_on = self.args["fail_on"]
        ended = self.call(["doctor", "--output", "json", "--fail-on", "error" if fail_on == "never" else fail_on] + self._words())
        return ended, self.document(ended, "k8sprep.doctor/", ok=(0, 3))

    def _fix(self):
        """Whether a cure changed the host, or in check mode would."""
        before = self._look()[1]
        kinds = {"safe": ("automatic",), "unsafe": ("automatic", "unsafe")}[self.args["fix"]]
        selected = set(self.args["select"])
        curable = [
            finding for finding in before["findings"]
            if finding.get("fix") in kinds and (finding["severity"] != "note" or finding["code"] in selected)
        ]
        if self.check or not curable:
            return bool(curable)
        words = ["doctor", "--fix=" + self.args["fix"], "--yes", "--output", "json"] + self._words() + self.waiting()
        ended = self.call(words)
        if ended.status not in (0, 3):
            self.fail(ended)
        return True
