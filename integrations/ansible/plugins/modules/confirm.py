#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: confirm
short_description: Keep what would otherwise be rolled back
version_added: 0.1.0
description:
  - Says that a host can still be reached, so that what M(k8sprep.host.node) did with C(confirm_within) stays.
  - A host on which nothing waits is left alone.
options:
  transaction:
    description:
      - The transaction. Left out, it is every one that waits.
    type: int
  must_wait:
    description:
      - Fail where nothing waits, since it came too late.
    type: bool
    default: false
  reconnect:
    description:
      - Connect anew first. The connection that is there says nothing about whether a new one can be made.
    type: bool
    default: true
  reconnect_timeout:
    description:
      - How many seconds a new connection is tried for.
    type: int
    default: 120
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
- name: The host answers on a new connection, so it stays as it is
  k8sprep.host.confirm:
    binary: files/k8sprep
    must_wait: true
"""

RETURN = r"""
changed:
  description: Whether something waited.
  returned: always
  type: bool
"""
