#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: crio_option
short_description: Set or remove one option of CRI-O
version_added: 0.1.0
description:
  - Writes the option into a drop-in of k8sprep, or into O(file), and leaves every other byte alone.
  - Nothing is written where CRI-O would not start with it. It is a transaction that M(k8sprep.host.rollback) takes back.
options:
  name:
    description:
      - The option, such as V(crio.runtime.log_level).
    type: str
    required: true
  value:
    description:
      - The value. A list or a boolean is written as such.
    type: raw
  state:
    description:
      - Whether the option is said.
    type: str
    choices: [present, absent]
    default: present
  file:
    description:
      - Edit this file of the host instead of the drop-in of k8sprep.
    type: path
  release:
    description:
      - The CRI-O release that reads it, such as V(1.34). Left out, it is the one installed.
    type: str
extends_documentation_fragment:
  - k8sprep.host.program
attributes:
  diff_mode:
    support: full
author:
  - The authors of k8sprep (@k8sprep)
"""

EXAMPLES = r"""
- name: CRI-O says more
  k8sprep.host.crio_option:
    host_binary: /usr/bin/k8sprep
    name: crio.runtime.log_level
    value: debug
"""

RETURN = r"""
name:
  description: The option.
  returned: always
  type: str
"""
