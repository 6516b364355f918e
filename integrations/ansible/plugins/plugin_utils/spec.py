# Made by `generate` from the program's own schema; do not edit.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

# The options of a spec. What is secret in it has `no_log`.
SPEC = {
    "options": {
        "advertiseAddress": {"type": "str"},
        "apiVersion": {"choices": ["k8sprep/v1"], "type": "str"},
        "cgroup": {"choices": ["v2", "keep"], "type": "str"},
        "cgroupDriver": {"type": "str"},
        "clusterName": {"type": "str"},
        "controlPlaneEndpoint": {"type": "str"},
        "criSocket": {"type": "str"},
        "crioVersion": {"type": "str"},
        "firewall": {"choices": ["keep", "open", "stopped"], "type": "str"},
        "imageRepository": {"type": "str"},
        "join": {
            "options": {
                "apiServerEndpoint": {"type": "str"},
                "caCertHashes": {"elements": "str", "no_log": False, "type": "list"},
                "certificateKey": {"no_log": True, "type": "str"},
                "discoveryFile": {"type": "str"},
                "token": {"no_log": True, "type": "str"},
            },
            "type": "dict",
        },
        "kubeadm": {"type": "raw"},
        "kubeadmConfig": {"type": "str"},
        "kubernetesVersion": {"required": True, "type": "str"},
        "mirrors": {
            "options": {
                "crioPackages": {"type": "str"},
                "images": {"type": "str"},
                "kubernetesPackages": {"type": "str"},
            },
            "type": "dict",
        },
        "modules": {"elements": "str", "type": "list"},
        "networking": {
            "options": {
                "dnsDomain": {"type": "str"},
                "plugin": {"type": "str"},
                "podSubnet": {"type": "str"},
                "serviceSubnet": {"type": "str"},
            },
            "type": "dict",
        },
        "nodeName": {"type": "str"},
        "pauseImage": {"type": "str"},
        "pins": {
            "options": {
                "crioPackages": {"elements": "str", "type": "list"},
                "kubernetesPackages": {"elements": "str", "type": "list"},
            },
            "type": "dict",
        },
        "proxy": {
            "options": {
                "httpProxy": {"no_log": True, "type": "str"},
                "httpsProxy": {"no_log": True, "type": "str"},
                "noProxy": {"elements": "str", "type": "list"},
            },
            "type": "dict",
        },
        "registryMirrors": {"type": "dict"},
        "role": {"choices": ["control-plane", "worker"], "type": "str"},
        "selinux": {"choices": ["keep", "permissive", "enforcing"], "type": "str"},
        "swap": {"choices": ["off", "keep"], "type": "str"},
        "sysctls": {"type": "dict"},
        "token": {"no_log": True, "type": "str"},
    },
}
