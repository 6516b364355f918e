//! No command repeats a secret that it was given, least of all one that it refuses: that is nearly one
//! that is taken.

use crate::{k8sprep, lay};

const JOIN: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ndiscovery:\n  bootstrapToken: \
                    {apiServerEndpoint: 'h:1', token: abcdef.sEcrEt, unsafeSkipCAVerification: true}\n  \
                    tlsBootstrapToken: abcdef.sEcrEtX\ncontrolPlane: {certificateKey: 00sEcrEt}\n";
const INIT: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\ncertificateKey: sEcrEt\n\
                    bootstrapTokens:\n- token: abcdef.sEcrEt\n";
const SPEC: &str = "role: worker\nkubernetesVersion: v1.34.0\njoin: {apiServerEndpoint: 'h:1', token: abcdef.sEcrEt, \
                    certificateKey: sEcrEt}\n";
const BROUGHT: &str =
    "role: control-plane\nkubernetesVersion: v1.34.0\ntoken: abcdef.sEcrEt\nkubeadmConfig: init.yaml\n";

const LIST: &str = "role: worker\nkubernetesVersion: v1.34.0\ntoken: [sEcrEt]\nmode: x\n";

#[test]
fn what_is_refused_is_named_and_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("join.yaml", JOIN),
        ("init.yaml", INIT),
        ("spec.yaml", SPEC),
        ("brought.yaml", BROUGHT),
        ("list.yaml", LIST),
    ];
    files.iter().for_each(|(name, text)| lay(dir.path(), name, text));
    let lines = [
        "check-config join.yaml init.yaml",
        "check-config join.yaml init.yaml --output json",
        "lint join.yaml init.yaml spec.yaml brought.yaml",
        "lint join.yaml init.yaml spec.yaml brought.yaml --output json",
        "images --config init.yaml",
        "images --image-repository u:sEcrEt@/x --kubernetes-version v1.34.0",
        "lint list.yaml",
        "migrate-config init.yaml",
        "migrate-config init.yaml --output json",
        "gen-config --from join.yaml",
        "gen-config --from init.yaml",
        "gen-config --set InitConfiguration.certificateKey=sEcrEt",
        "gen-config --set InitConfiguration.bootstrapTokens[0].token=abcdef.sEcrEt",
        "gen-config --set InitConfiguration.bootstrapTokens=[{token:sEcrEt}]",
        "gen-config --set InitConfiguration.certificateKey:sEcrEt",
        "gen-config --token abcdef.sEcrEt",
        "gen-config --certificate-key sEcrEt",
        "join-command --token=abcdef.sEcrEt --output json",
        "join-command --certificate-key sEcrEt",
        "token create abcdef.sEcrEtsEcrEt --output json",
        "plan --no-packages --root . --spec spec.yaml",
        "plan --no-packages --root . --spec brought.yaml --output json",
        "verify --no-packages --root . --spec brought.yaml",
    ];
    for line in lines {
        let output = k8sprep(line.split(' ')).current_dir(dir.path()).output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert!(!output.status.success() && !said.is_empty(), "{line}: {said}");
        assert!(!said.contains("sEcrEt"), "{line}: {said}");
    }
}
