// Serves the Kubernetes provider of the pinned module. The module's own main package embeds generated files that the
// module does not carry; only schema requests need them, and the sandbox answers those itself.
package main

import (
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	provider.Serve("kubernetes", version.Version, []byte("{}"), []byte("{}"))
}
