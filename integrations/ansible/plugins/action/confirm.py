# Keeps what `confirm_within` would otherwise roll back.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

import time

from ansible.errors import AnsibleConnectionFailure
from ansible_collections.k8sprep.host.plugins.plugin_utils.program import CHANGES, ProgramAction


class ActionModule(ProgramAction):
    ARGUMENTS = dict(
        transaction={"type": "int"},
        must_wait={"type": "bool", "default": False},
        reconnect={"type": "bool", "default": True},
        reconnect_timeout={"type": "int", "default": 120},
        **CHANGES,
    )

    def prepare(self):
        """A connection of its own shows that the host can still be reached; the one that is there shows nothing."""
        if not self.args["reconnect"] or self.check or self.args["root"]:
            return
        end = time.monotonic() + self.args["reconnect_timeout"]
        while True:
            try:
                self._connection.reset()
                self._sh("true")
                return
            except AnsibleConnectionFailure:
                if time.monotonic() > end:
                    raise
                time.sleep(1)

    def act(self):
        if self.check:
            return self._waits()
        words = ["confirm"] + self.place() + self.waiting()
        if self.args["transaction"] is not None:
            words.append(self.args["transaction"])
        ended = self.call(words)
        if ended.code() == "not-waiting" and not self.args["must_wait"]:
            return {"changed": False}
        if ended.status != 0:
            self.fail(ended)
        return {"changed": True}

    def _waits(self):
        ended = self.call(["history", "--output", "json"] + self.place())
        if ended.status != 0 or not ended.document:
            self.fail(ended)
        rows = ended.document["transactions"]
        waiting = [row["id"] for row in rows if row["confirmBy"] is not None and row["status"] == "applied"]
        wanted = self.args["transaction"]
        return {"changed": bool(waiting) if wanted is None else wanted in waiting}
