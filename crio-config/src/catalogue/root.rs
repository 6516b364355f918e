//! `[crio]` and `[crio.api]`.
//!
//! First and last releases are those of every tag that has the key, patches included: keys were
//! ported back.

use super::DefaultValue::{Flag, Number, Text};
use super::Kind::{Boolean, Integer, String, Strings};
use super::Table::{Api, Root};
use super::{CrioOption, first_of, newest_of, option, patch};

pub(super) const OPTIONS: &[CrioOption] = &[
    option(
        Root,
        "clean_shutdown_file",
        String,
        &[(patch(19, 4), newest_of(19)), (patch(20, 5), newest_of(37))],
    )
    .defaults(&[(patch(19, 4), Text("/var/lib/crio/clean.shutdown"))]),
    option(Root, "file_locking", Boolean, &[(first_of(9), newest_of(15))])
        .defaults(&[
            (first_of(9), Flag(true)),
            (patch(11, 5), Flag(false)),
            (first_of(12), Flag(true)),
            (patch(13, 10), Flag(false)),
            (first_of(14), Flag(true)),
            (patch(14, 5), Flag(false)),
        ])
        .replaced_by("nothing: CRI-O locks by itself"),
    option(Root, "file_locking_path", String, &[(first_of(12), newest_of(15))])
        .defaults(&[(first_of(12), Text("/run/crio.lock"))])
        .replaced_by("nothing: CRI-O locks by itself"),
    option(Root, "imagestore", String, &[(first_of(29), newest_of(37))]).of_host(),
    option(Root, "internal_repair", Boolean, &[(first_of(28), newest_of(37))])
        .defaults(&[(first_of(28), Flag(false)), (first_of(31), Flag(true))]),
    option(Root, "internal_wipe", Boolean, &[(patch(20, 4), newest_of(20)), (patch(21, 1), newest_of(37))])
        .defaults(&[(patch(20, 4), Flag(false)), (first_of(22), Flag(true))])
        .deprecated(first_of(22), "nothing: keep the default"),
    option(Root, "log_dir", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("/var/log/crio/pods"))]),
    option(Root, "root", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("/var/lib/containers/storage"))])
        .of_host(),
    option(Root, "runroot", String, &[(first_of(9), newest_of(37))])
        .defaults(&[
            (first_of(9), Text("/var/run/containers/storage")),
            (first_of(19), Text("/run/containers/storage")),
        ])
        .of_host(),
    option(Root, "storage_driver", String, &[(first_of(9), newest_of(37))]).of_host(),
    option(Root, "storage_option", Strings, &[(first_of(9), newest_of(37))]).of_host(),
    option(Root, "version_file", String, &[(patch(14, 11), newest_of(14)), (first_of(16), newest_of(37))])
        .defaults(&[
            (patch(14, 11), Text("/var/lib/crio/version")),
            (first_of(17), Text("/var/run/crio/version")),
        ]),
    option(
        Root,
        "version_file_persist",
        String,
        &[(patch(17, 5), newest_of(17)), (patch(18, 1), newest_of(37))],
    )
    .defaults(&[(patch(17, 5), Text("/var/lib/crio/version")), (first_of(25), Text(""))]),
    option(
        Api,
        "grpc_max_recv_msg_size",
        Integer,
        &[(patch(12, 5), newest_of(12)), (patch(13, 1), newest_of(37))],
    )
    .defaults(&[(patch(12, 5), Number(16_777_216)), (first_of(23), Number(83_886_080))]),
    option(
        Api,
        "grpc_max_send_msg_size",
        Integer,
        &[(patch(12, 5), newest_of(12)), (patch(13, 1), newest_of(37))],
    )
    .defaults(&[(patch(12, 5), Number(16_777_216)), (first_of(23), Number(83_886_080))]),
    option(Api, "host_ip", String, &[(patch(13, 2), newest_of(16))])
        .replaced_by("nothing: the address comes from the network plugin"),
    option(Api, "listen", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("/var/run/crio/crio.sock"))]),
    option(Api, "stream_address", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("")), (patch(11, 13), Text("127.0.0.1"))]),
    option(Api, "stream_enable_tls", Boolean, &[(first_of(11), newest_of(37))]),
    option(
        Api,
        "stream_idle_timeout",
        String,
        &[(patch(18, 5), newest_of(18)), (patch(19, 2), newest_of(19)), (patch(20, 1), newest_of(37))],
    ),
    option(Api, "stream_port", String, &[(first_of(9), newest_of(37))])
        .defaults(&[(first_of(9), Text("10010")), (patch(11, 13), Text("0"))]),
    option(Api, "stream_tls_ca", String, &[(first_of(11), newest_of(37))]),
    option(Api, "stream_tls_cert", String, &[(first_of(11), newest_of(37))]),
    option(Api, "stream_tls_key", String, &[(first_of(11), newest_of(37))]),
    option(Api, "tls_cipher_suites", Strings, &[(patch(35, 1), newest_of(37))]),
    option(Api, "tls_min_version", String, &[(patch(35, 1), newest_of(37))])
        .defaults(&[(patch(35, 1), Text("VersionTLS12"))]),
];
