// SPDX-License-Identifier: MIT

// Names esbuild for go.mod; built is the program itself.
package esbuild

import _ "github.com/evanw/esbuild/pkg/api"
