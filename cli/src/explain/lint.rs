//! Texts of what `lint` says of its own comments, and of images that are sealed.

use super::Explanation;

pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "ignore-comment-invalid",
        title: "A comment that ignores a code is not complete",
        meaning: "A `# k8sprep: ignore` comment names no code that there is, or gives no reason.",
        why: "It takes nothing back: a remark that is ignored without a reason is one nobody understands later.",
        known: "The comment is compared with the list of codes.",
        cure: "Write `# k8sprep: ignore CODE reason`, with a code of `k8sprep explain --list`.",
        source: "k8sprep lint",
    },
    Explanation {
        code: "ignore-comment-unused",
        title: "A comment ignores what nothing says",
        meaning: "The line, or the file, that a `# k8sprep: ignore` comment is about has no remark of that code.",
        why: "It would take back a remark of tomorrow that nobody has looked at.",
        known: "No remark of the code was found where the comment stands.",
        cure: "Take the comment away, or move it to the line that it is about.",
        source: "k8sprep lint",
    },
    Explanation {
        code: "node-not-sealed",
        title: "A node of a cluster is no image",
        meaning: "kubeadm made this tree a node, or began to: it has the keys and the name of one.",
        why: "Every clone would pass for that node, and they would push each other out of the cluster.",
        known: "The files that kubeadm leaves are there.",
        cure: "Prepare the image with `k8sprep apply` alone, or take the node out with `k8sprep down` first.",
        source: "k8sprep seal",
    },
    Explanation {
        code: "host-key-left",
        title: "An image has the key of one host",
        meaning: "The image has private host keys of the SSH server.",
        why: "Whoever has one clone can pass for all others.",
        known: "/etc/ssh has files ssh_host_*_key.",
        cure: "Remove them where the first boot makes new ones: cloud-init does, Fedora's sshd-keygen does, Debian's \
             package does not.",
        source: "cloud-init: cc_ssh; openssh-server",
    },
];
