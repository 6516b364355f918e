#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| k8sprep_tests::fuzz::kubeadm::checked(input));
