# Makes a host what its spec says: `apply`, `up`, or `plan` in check mode.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

from ansible_collections.k8sprep.host.plugins.plugin_utils import told
from ansible_collections.k8sprep.host.plugins.plugin_utils.node import NODE, RULES, NodeAction
from ansible_collections.k8sprep.host.plugins.plugin_utils.program import CHANGES


class ActionModule(NodeAction):
    ARGUMENTS = dict(
        NODE,
        state={"type": "str", "default": "prepared", "choices": ["prepared", "up", "down"]},
        confirm_within={"type": "str"},
        cni={"type": "path"},
        user={"type": "str"},
        resume={"type": "bool", "default": False},
        purge={"type": "bool", "default": False},
        timeout={"type": "str"},
        ignore_preflight_errors={"type": "list", "elements": "str", "default": []},
        **CHANGES,
    )
    RULES = {
        "mutually_exclusive": RULES["mutually_exclusive"],
        "required_if": [("state", "prepared", ("spec", "spec_file"), True), ("state", "up", ("spec", "spec_file"), True)],
    }

    def act(self):
        if self.args["state"] == "down":
            return self._down()
        shown = self._plan() if self.check or self.diff else None
        if self.check:
            return shown
        done = self._apply() if self.args["state"] == "prepared" else self._up()
        if shown:
            done["diff"] = shown["diff"]
        return done

    def _plan(self):
        ended = self.call(["plan", "--output", "json"] + self.words(), stdin=self.spec())
        plan = self.document(ended, "k8sprep.plan/", ok=range(256))
        if plan["problems"]:
            first = plan["problems"][0]
            self.fail(ended, msg="%s [%s]" % (first["what"], first["code"]), problems=plan["problems"])
        steps = plan["steps"]
        return {"changed": bool(steps), "steps": told.short(steps), "diff": told.diffs(steps), "warnings": told.notes(plan)}

    def _apply(self):
        words = ["apply", "--output", "json"] + self.words() + self.waiting()
        if self.args["confirm_within"]:
            words += ["--confirm-within", self.args["confirm_within"]]
        ended = self.call(words, stdin=self.spec())
        said = ended.document or {}
        more = {"ending": said.get("ending"), "rollback": said.get("rollback"), "problems": said.get("problems", [])}
        done = self.document(ended, "k8sprep.applied/", **more)
        taken = done["taken"] if "taken" in done else len(done["steps"])
        changed = done.get("changed", taken > 0)
        return {
            "changed": changed,
            "taken": taken,
            "transaction": done.get("transaction"),
            "needs": done.get("needs", []),
            "unconfirmed": bool(self.args["confirm_within"] and changed),
        }

    def _up(self):
        words = ["up", "--yes", "--output", "json"] + self.words() + self.waiting()
        for flag in ("cni", "user", "timeout"):
            if self.args[flag]:
                words += ["--" + flag, self.args[flag]]
        if self.args["resume"]:
            words.append("--resume")
        for name in self.args["ignore_preflight_errors"]:
            words += ["--ignore-preflight-errors", name]
        ended = self.call(words, stdin=self.spec(), secret=True)
        # It holds a token; `join_info` is who hands one on.
        (ended.document or {}).pop("join", None)
        done = self.document(ended, "k8sprep.up/", up=ended.document)
        return {"changed": self.did_up(done), "up": done}

    @staticmethod
    def did_up(done):
        """Whether `up` changed anything, on the host or in the cluster."""
        return any(done["changed"].values()) or any(step["changed"] for step in done["cluster"])

    def _down(self):
        if self.check:
            ended = self.call(["rollback", "--to", "0", "--dry-run", "--output", "json"] + self.place())
            if ended.status != 0 or not ended.document:
                self.fail(ended)
            return {"changed": bool(ended.document.get("transactions"))}
        words = ["down", "--yes", "--output", "json"] + self.place() + self.waiting()
        if self.args["purge"]:
            words.append("--purge")
        ended = self.call(words)
        if ended.status != 0:
            self.fail(ended, down=ended.document)
        down = ended.document or {}
        return {"changed": bool(down.get("transactions") or down.get("reset")), "down": down}
