// SPDX-License-Identifier: MIT

// Names esbuild for go.mod. The program that is built is esbuild itself, not this package.
package esbuild

import _ "github.com/evanw/esbuild/pkg/api"
