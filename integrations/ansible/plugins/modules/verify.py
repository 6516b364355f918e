#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: verify
short_description: Compare a host with its spec
version_added: 0.1.0
description:
  - Fails where a host is not what its spec says, now and after the next boot, and changes nothing.
options:
  warn_only:
    description:
      - Warn instead of failing.
    type: bool
    default: false
extends_documentation_fragment:
  - k8sprep.host.program
  - k8sprep.host.program.node
  - k8sprep.host.program.trust
  - k8sprep.host.spec
attributes:
  diff_mode:
    support: full
author:
  - The authors of k8sprep (@k8sprep)
"""

EXAMPLES = r"""
- name: Every node is as it was made
  k8sprep.host.verify:
    host_binary: /usr/bin/k8sprep
    spec_file: k8sprep.yaml
"""

RETURN = r"""
conforms:
  description: Whether the host is as wanted.
  returned: always
  type: bool
steps:
  description: The steps that would make it so.
  returned: always
  type: list
  elements: dict
findings:
  description: What is wrong with the host and no step mends.
  returned: always
  type: list
  elements: dict
problems:
  description: What is in the way of a plan.
  returned: when it differs
  type: list
  elements: dict
"""
