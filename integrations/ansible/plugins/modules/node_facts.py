#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: node_facts
short_description: Look at a host, as facts
version_added: 0.1.0
description:
  - Puts what is so on a host into RV(ansible_facts.k8sprep), and changes nothing. It needs no Python there.
options:
  full:
    description:
      - Everything. Without it distribution, kernel, swap, packages, space, profile and findings, so that a cache of facts stays small.
    type: bool
    default: false
  modules:
    description:
      - Look at these kernel modules too.
    type: list
    elements: str
    default: []
  sysctls:
    description:
      - Look at these kernel parameters too.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - k8sprep.host.program
attributes:
  diff_mode:
    support: none
author:
  - The authors of k8sprep (@k8sprep)
"""

EXAMPLES = r"""
- name: What the hosts are
  k8sprep.host.node_facts:
    binary: files/k8sprep

- name: Say their distribution
  ansible.builtin.debug:
    var: ansible_facts.k8sprep.distro.name
"""

RETURN = r"""
ansible_facts:
  description: What was seen.
  returned: always
  type: dict
  contains:
    k8sprep:
      description: What C(k8sprep facts) says.
      returned: always
      type: dict
"""
