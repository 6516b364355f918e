use super::*;
use crate::wire::{Gvk, find};
use crate::{ApiVersion, KubeadmRelease};

fn read_as(gvk: &Gvk, text: &str) -> Result<Map<String, Value>, String> {
    let release: KubeadmRelease = "v1.20.2".parse().unwrap();
    read(text.as_bytes(), find(gvk, &release).unwrap(), release.minor())
}

fn kubeadm(kind: &str, text: &str) -> Result<Map<String, Value>, String> {
    read_as(&Gvk::kubeadm(ApiVersion::V1Beta2, kind), text)
}

/// The names and the complaint, without the excerpt.
fn complaint(kind: &str, text: &str) -> String {
    let error = kubeadm(kind, text).unwrap_err();
    error.split(", error found in ").next().unwrap().to_owned()
}

#[test]
fn the_error_quotes_what_is_around_it() {
    let text = r#"{"apiVersion":"kubeadm.k8s.io/v1beta2","clusterName":55,"kind":"ClusterConfiguration"}"#;
    let error = kubeadm("ClusterConfiguration", text).unwrap_err();
    let wanted = "v1beta2.ClusterConfiguration.ClusterName: ReadString: expects \" or n, but found 5, error found in #10 byte \
                  of ...|terName\":55,\"kind\":\"|..., bigger context ...|iVersion\":\"kubeadm.k8s.io/v1beta2\",\"clusterName\":55,\
                  \"kind\":\"ClusterConfiguration\"}|...";
    assert_eq!(error, wanted);
}

#[test]
fn a_cut_character_is_shown_by_its_bytes() {
    // The excerpt starts ten bytes before what is found, within the letter.
    let of = |name: &str| {
        let text = format!(r#"{{"imageRepository":"{name}","dns":55}}"#);
        kubeadm("ClusterConfiguration", &text).unwrap_err()
    };
    let excerpt = |text: String| text.split("...|").nth(1).unwrap().split("|...").next().unwrap().to_owned();
    assert_eq!(excerpt(of("äb")), r#"b","dns":55}"#);
    assert_eq!(excerpt(of("aä")), r#"\xa4","dns":55}"#);
}

#[test]
fn structs_fields_and_lists_name_themselves() {
    let token = r#"{"bootstrapTokens":[{"groups":55}],"kind":"InitConfiguration"}"#;
    assert_eq!(
        complaint("InitConfiguration", token),
        "v1beta2.InitConfiguration.BootstrapTokens: []v1beta2.BootstrapToken: v1beta2.BootstrapToken.Groups: []string: decode \
         slice: expect [ or n, but found 5"
    );
    let component = r#"{"apiServer":{"extraArgs":{"a":1}}}"#;
    assert_eq!(
        complaint("ClusterConfiguration", component),
        "v1beta2.ClusterConfiguration.APIServer: v1beta2.APIServer.ControlPlaneComponent: ExtraArgs: ReadString: expects \" or \
         n, but found 1"
    );
}

#[test]
fn reading_goes_on_askew_after_an_error() {
    // The truth value is passed, so the next key is read as one, and `kind` fails a second time, at
    // nothing.
    let text = r#"{"controlPlane":{"localAPIEndpoint":{"bindPort":1.5}},"kind":"JoinConfiguration"}"#;
    assert_eq!(
        complaint("JoinConfiguration", text),
        "v1beta2.JoinConfiguration.ControlPlane: v1beta2.JoinControlPlane.LocalAPIEndpoint: v1beta2.APIEndpoint.BindPort: \
         assertInteger: can not decode float as int"
    );
    let text =
        r#"{"discovery":{"bootstrapToken":{"unsafeSkipCAVerification":0}},"kind":"JoinConfiguration"}"#;
    assert_eq!(
        complaint("JoinConfiguration", text),
        "v1beta2.JoinConfiguration.TypeMeta: Kind: Discovery: v1beta2.Discovery.BootstrapToken: \
         v1beta2.BootstrapTokenDiscovery.UnsafeSkipCAVerification: ReadBool: expect t or f, but found 0"
    );
}

#[test]
fn whole_numbers_are_read_digit_by_digit() {
    let of = |number: &str| {
        let text =
            format!(r#"{{"kind":"KubeletConfiguration","maxPods":{number},"unknown":"and more text"}}"#);
        let error = read_as(&Gvk::kubelet(), &text).unwrap_err();
        error.split(", error found in ").next().unwrap().replace("v1beta1.KubeletConfiguration.MaxPods: ", "")
    };
    assert_eq!(of("2147483648"), "ReadInt32: overflow: 2147483648");
    assert_eq!(of("-2147483649"), "ReadInt32: overflow: 2147483649");
    assert_eq!(of("4294967296"), "readUint32: overflow");
    assert_eq!(of("1.5"), "assertInteger: can not decode float as int");
    assert_eq!(of("\"1\""), "readUint32: unexpected character: \\xff");
    // Only the point is looked for: what follows the digits is the struct's trouble.
    assert_eq!(of("1e3"), "struct Decode: expect }, but found e");
}

#[test]
fn what_is_fine_is_read() {
    let text = r#"{"apiVersion":"a","unknown":[1e400,{"a\u0041":"\n"},-0.5,null],"kind":"b",
        "bootstrapTokens":[{"ttl":"90m","groups":null,"description":"\ud83d\ude00\/"}],"localAPIEndpoint":null}"#;
    let error = kubeadm("InitConfiguration", text).unwrap_err();
    assert_eq!(
        error.split(',').next().unwrap(),
        "v1beta2.InitConfiguration.readNumberAsString: invalid number"
    );
    let content = kubeadm("InitConfiguration", &text.replace("1e400", "1e300")).unwrap();
    let wanted = serde_json::json!({
        "bootstrapTokens": [{"ttl": "1h30m0s", "description": "\u{1f600}/"}],
        "localAPIEndpoint": {},
    });
    assert_eq!(Value::Object(content), wanted);
}

#[test]
fn a_key_that_stands_twice_is_read_over_what_is_there() {
    let text = r#"{"bootstrapTokens":[{"ttl":"1h0m0s"}],"bootstrapTokens":[{"description":"a"},{}],
        "nodeRegistration":{"name":"a","kubeletExtraArgs":{"a":"b"}},
        "nodeRegistration":{"criSocket":"c","kubeletExtraArgs":{"d":"e"},"taints":[]}}"#;
    let wanted = serde_json::json!({
        "bootstrapTokens": [{"ttl": "1h0m0s", "description": "a"}, {}],
        "nodeRegistration": {"name": "a", "criSocket": "c", "kubeletExtraArgs": {"a": "b", "d": "e"}, "taints": []},
    });
    assert_eq!(Value::Object(kubeadm("InitConfiguration", text).unwrap()), wanted);
}

#[test]
fn keys_with_go_names() {
    use super::go_field::go_field;
    let keys = ["caCertHashes", "clusterDNS", "iptablesDropBit", "resolvConf", "name", "localAPIEndpoint"];
    let names =
        ["CACertHashes", "ClusterDNS", "IPTablesDropBit", "ResolverConfig", "Name", "LocalAPIEndpoint"];
    assert_eq!(keys.map(go_field), names);
}
