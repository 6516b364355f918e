module k8sprep/tests/validators/capi

go 1.24.0

require (
	sigs.k8s.io/cluster-api v1.11.0
	sigs.k8s.io/yaml v1.6.0
)
