#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: bundle
short_description: Install the packages of a node from a bundle
version_added: 0.1.0
description:
  - Installs packages from a bundle that lies on the host, and from nowhere else. Its files are compared with its manifest first.
options:
  path:
    description:
      - The bundle on the host.
    type: path
    required: true
  sha256:
    description:
      - The SHA-256 of its manifest, as C(k8sprep bundle create) printed it.
    type: str
  spec_file:
    description:
      - The spec as a file of the controller.
    type: path
extends_documentation_fragment:
  - k8sprep.host.program
  - k8sprep.host.program.trust
  - k8sprep.host.program.changes
  - k8sprep.host.spec
attributes:
  diff_mode:
    support: none
author:
  - The authors of k8sprep (@k8sprep)
"""

EXAMPLES = r"""
- name: Packages without a network
  k8sprep.host.bundle:
    binary: files/k8sprep
    path: /srv/node.tar
    spec_file: k8sprep.yaml
"""

RETURN = r"""
steps:
  description: What the packages are.
  returned: always
  type: list
  elements: dict
"""
