#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: upgrade
short_description: Take a node to another minor of Kubernetes and CRI-O
version_added: 0.1.0
description:
  - Looks first what stands in the way, and does not begin while something does.
  - Every step is journalled on the host. What was stopped goes on with O(state=resumed), or goes back with O(state=aborted).
options:
  to:
    description:
      - The minor to go to, such as V(1.35), or a release of it.
    type: str
  state:
    description:
      - V(upgraded) takes the node to O(to). V(planned) only says what stands in the way, and the steps.
      - V(resumed) goes on with what was stopped. V(aborted) takes it back.
    type: str
    choices: [upgraded, resumed, aborted, planned]
    default: upgraded
  role:
    description:
      - Of a control plane, whether it is the first one to be upgraded. No file of the host tells.
    type: str
    choices: [first, further]
  drain:
    description:
      - Who evicts the pods of the node. V(self) is the node with its kubelet's own credentials. V(none) is nobody, or somebody before.
      - Left out, V(self).
    type: str
    choices: [self, none]
  drain_kubeconfig:
    description:
      - A kubeconfig on the host to evict with, instead.
    type: path
  drain_timeout:
    description:
      - After this long the node is uncordoned and the task fails, such as V(10m).
    type: str
  delete_emptydir_data:
    description:
      - Pods whose C(emptyDir) volumes go with them are evicted, too.
    type: bool
    default: false
  force_unmanaged:
    description:
      - Pods that nothing makes again elsewhere are evicted, too.
    type: bool
    default: false
  ignore_preflight_errors:
    description:
      - Preflight checks of kubeadm whose errors are ignored.
    type: list
    elements: str
    default: []
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
- name: What stands in the way
  k8sprep.host.upgrade:
    host_binary: /usr/bin/k8sprep
    to: "1.35"
    state: planned
  register: planned

- name: Take the node there
  k8sprep.host.upgrade:
    host_binary: /usr/bin/k8sprep
    to: "1.35"
"""

RETURN = r"""
status:
  description: How far it is, such as V(ready), V(blocked) or V(done).
  returned: always
  type: str
role:
  description: What the node is.
  returned: always
  type: str
from:
  description: What runs, by component.
  returned: with a plan
  type: dict
steps:
  description: The steps in their order, with the state of each.
  returned: always
  type: list
  elements: dict
verdicts:
  description: What stands in the way, and what is worth knowing. C(k8sprep explain CODE) says more of each.
  returned: always
  type: list
  elements: dict
undone:
  description: What a way back gave back.
  returned: with O(state=aborted)
  type: list
  elements: str
left:
  description: What a way back had to leave. The task has failed then.
  returned: with O(state=aborted)
  type: list
  elements: str
"""
