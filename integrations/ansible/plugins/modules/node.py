#!/usr/bin/python
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# The documentation of a module; what it does is the action plugin of the same name.
from __future__ import annotations

DOCUMENTATION = r"""
---
module: node
short_description: Make a host a Kubernetes node with CRI-O
version_added: 0.1.0
description:
  - Brings a host to what a spec says, in one transaction that M(k8sprep.host.rollback) takes back.
  - With O(state=up) it also runs kubeadm, so that the node is the control plane of a cluster or joins one.
  - The host needs a shell and no Python. The spec travels on stdin; it is in no list of processes and no log.
options:
  state:
    description:
      - V(prepared) makes packages, kernel, CRI-O, kubelet and files what the spec says, up to kubeadm.
      - V(up) goes on to a member of a cluster, by C(kubeadm init) or C(kubeadm join). Check mode shows the host's part alone.
      - V(down) takes the node out of its cluster and puts the host back. Pods are not drained.
    type: str
    choices: [prepared, up, down]
    default: prepared
  confirm_within:
    description:
      - Roll everything back unless M(k8sprep.host.confirm) comes within this time, such as V(10m), also after a reboot.
      - For O(state=prepared).
    type: str
  cni:
    description:
      - The manifest of the network plugin, on the host. For O(state=up).
    type: path
  user:
    description:
      - A user of the host who gets the administrator's kubeconfig. For O(state=up).
    type: str
  resume:
    description:
      - Run kubeadm again where it is not known whether it finished. For O(state=up).
    type: bool
    default: false
  timeout:
    description:
      - Stop kubeadm, and waiting for the node, after this time. For O(state=up).
    type: str
  ignore_preflight_errors:
    description:
      - Preflight checks of kubeadm whose errors are ignored. For O(state=up).
    type: list
    elements: str
    default: []
  purge:
    description:
      - Remove also images, logs, interfaces and rules that a node leaves. For O(state=down).
    type: bool
    default: false
extends_documentation_fragment:
  - k8sprep.host.program
  - k8sprep.host.program.node
  - k8sprep.host.program.trust
  - k8sprep.host.program.changes
  - k8sprep.host.spec
attributes:
  diff_mode:
    support: full
author:
  - The authors of k8sprep (@k8sprep)
"""

EXAMPLES = r"""
- name: A worker, ready for kubeadm join
  k8sprep.host.node:
    binary: files/k8sprep
    spec:
      role: worker
      kubernetesVersion: v1.34.0

- name: Only what would change, with the files
  k8sprep.host.node:
    binary: files/k8sprep
    spec_file: k8sprep.yaml
  check_mode: true
  diff: true
"""

RETURN = r"""
steps:
  description: The steps that would be taken.
  returned: in check mode
  type: list
  elements: dict
  sample: [{resource: crictl, kind: file, subject: /etc/crictl.yaml, reason: crictl asks every known socket}]
taken:
  description: How many steps were taken.
  returned: O(state=prepared), outside check mode
  type: int
transaction:
  description: The number of the transaction, for M(k8sprep.host.rollback).
  returned: O(state=prepared), when something changed
  type: int
needs:
  description: What has still to happen until the running system follows.
  returned: O(state=prepared), outside check mode
  type: list
  elements: dict
unconfirmed:
  description: Whether everything is rolled back unless M(k8sprep.host.confirm) comes.
  returned: O(state=prepared), outside check mode
  type: bool
up:
  description: What C(k8sprep up) says of its run.
  returned: O(state=up), outside check mode
  type: dict
down:
  description: What C(k8sprep down) says of its run.
  returned: O(state=down), outside check mode
  type: dict
code:
  description: The stable name of a failure; C(k8sprep explain CODE) says more of it.
  returned: on failure
  type: str
problems:
  description: Everything that is in the way, each with its place.
  returned: on failure
  type: list
  elements: dict
"""
