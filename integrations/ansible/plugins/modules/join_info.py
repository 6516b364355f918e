#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: join_info
short_description: Make a token, and say how a node joins
version_added: 0.1.0
description:
  - Makes a bootstrap token on a control plane whose API server answers.
  - The result is for C(register) alone. Callbacks, logs and C(-vvv) do not show it.
options:
  control_plane:
    description:
      - The certificates are uploaded too, for a further control plane. They are kept for two hours.
    type: bool
    default: false
  ttl:
    description:
      - How long the token lives, such as V(30m). Left out, a day.
    type: str
extends_documentation_fragment:
  - k8sprep.host.program
attributes:
  diff_mode:
    support: none
  check_mode:
    support: none
author:
  - The authors of k8sprep (@k8sprep)
"""

EXAMPLES = r"""
- name: How workers join
  k8sprep.host.join_info:
    host_binary: /usr/bin/k8sprep
    ttl: 30m
  register: joining
  delegate_to: cp1
  run_once: true

- name: They join
  k8sprep.host.node:
    host_binary: /usr/bin/k8sprep
    state: up
    spec: "{{ {'role': 'worker', 'kubernetesVersion': 'v1.34.0', 'join': joining.join} }}"
"""

RETURN = r"""
join:
  description: What stands below C(join:) in the spec of a node that joins.
  returned: always
  type: dict
"""
