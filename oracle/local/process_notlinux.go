//go:build unix && !linux

package local

import "syscall"

// memoryBases: there is no file system in memory by default.
func memoryBases() []string { return nil }

// endWithCreator: only Linux can. What a killed run leaves is removed with the machine's
// temporary files; its server has to be stopped by hand.
func endWithCreator(*syscall.SysProcAttr) {}
