# What every module of the collection takes.
# Copyright: the authors of k8sprep
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations


class ModuleDocFragment:

    # Where the program comes from, and the tree it works on.
    DOCUMENTATION = r"""
options:
  binary:
    description:
      - The program on the controller, or a map of such paths by what C(uname -m) says on a host.
      - It is copied to a host once, into O(binary_dir), under a name that holds its digest.
      - Left out, the controller's environment variable E(K8SPREP_BINARY) says it.
    type: raw
  host_binary:
    description:
      - The program on the host, where a package brought it. Nothing is copied then.
    type: path
  binary_dir:
    description:
      - The directory of a host that O(binary) is copied to. It has to be on a file system that lets programs run.
    type: path
    default: /usr/local/libexec/k8sprep
  root:
    description:
      - Work on the tree of a host that does not run, which is mounted here, such as an image.
    type: path
attributes:
  check_mode:
    description: Can run in check mode and say what would change without changing it.
    support: full
  diff_mode:
    description: Says what is different, or would be.
    support: none
  platform:
    description: Hosts that it runs on. They need a shell and no Python.
    platforms: linux
    support: full
"""

    # For modules that change a host.
    CHANGES = r"""
options:
  wait:
    description:
      - Wait up to this long for another run that is changing the host, such as V(60s).
    type: str
"""

    # What the node shall be, besides its spec.
    NODE = r"""
options:
  spec_file:
    description:
      - The spec as a file of the controller, which may lie below C(files/) of a role.
    type: path
  packages:
    description:
      - Whether packages and their repositories are seen to. With V(false) something else installs them.
    type: bool
    default: true
  bundle:
    description:
      - A bundle on the host, made by C(k8sprep bundle create), that packages are taken from.
    type: path
  bundle_sha256:
    description:
      - The SHA-256 of the bundle's manifest, as C(k8sprep bundle create) printed it.
    type: str
"""

    # Who may sign packages.
    TRUST = r"""
options:
  keys:
    description:
      - Files on the host with the keys of the repositories, instead of fetching them.
    type: list
    elements: path
    default: []
  pins:
    description:
      - Fingerprints of keys that may sign packages, besides those that are known.
    type: list
    elements: str
    default: []
"""
