#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: doctor
short_description: Say what is wrong with a host that should be a node
version_added: 0.1.0
description:
  - Runs the checks of C(k8sprep doctor) and fails where one finds something as bad as O(fail_on).
  - With O(fix) it cures first what a plan can cure.
options:
  select:
    description:
      - Only these codes or families.
    type: list
    elements: str
    default: []
  ignore:
    description:
      - Not these codes or families.
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - From which severity on the task fails.
    type: str
    choices: [error, warning, note, never]
    default: error
  fix:
    description:
      - What may be cured. V(safe) disturbs no pod and no control plane; V(unsafe) may.
    type: str
    choices: [none, safe, unsafe]
    default: none
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
- name: What is wrong, without failing
  k8sprep.host.doctor:
    binary: files/k8sprep
    fail_on: never
  register: diagnosis
"""

RETURN = r"""
findings:
  description: What is wrong, causes first, each with its evidence and its cure.
  returned: always
  type: list
  elements: dict
summary:
  description: How many findings of each severity, and how many checks.
  returned: always
  type: dict
undecided:
  description: How many checks could not read what they stand on.
  returned: always
  type: int
"""
