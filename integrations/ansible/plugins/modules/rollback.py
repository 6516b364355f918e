#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: rollback
short_description: Put back what was changed on a host
version_added: 0.1.0
description:
  - Rolls back the newest transaction, or every one after O(to).
  - On a node of a cluster it is refused without O(force), since it would take away what runs; M(k8sprep.host.node) with C(state=down) is the way there.
options:
  to:
    description:
      - Roll back every transaction after this one. V(0) rolls back all of them. Left out, it is the newest.
    type: int
  force:
    description:
      - Overwrite what something else changed since. Its version is kept.
    type: bool
    default: false
extends_documentation_fragment:
  - k8sprep.host.program
  - k8sprep.host.program.changes
attributes:
  diff_mode:
    support: none
author:
  - The authors of k8sprep (@k8sprep)
"""

EXAMPLES = r"""
- name: Everything as it was before k8sprep
  k8sprep.host.rollback:
    binary: files/k8sprep
    to: 0
"""

RETURN = r"""
transactions:
  description: What was rolled back, or in check mode would be.
  returned: always
  type: list
  elements: raw
kept:
  description: What was left because rolling it back would lose what somebody else did.
  returned: outside check mode
  type: list
  elements: dict
needs:
  description: What has still to happen until the running system follows.
  returned: outside check mode
  type: list
  elements: dict
"""
