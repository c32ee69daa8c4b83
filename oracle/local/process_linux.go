package local

import "syscall"

// memory is the file system in memory; PostgreSQL's own small files are many.
const memory = "/dev/shm"

// memoryBytesMin is the room that it must have: the data's 1 GiB and as much for sorting. A
// container's default of 64 MiB is not enough.
const memoryBytesMin = 2 << 30

// memoryBases returns the directory in memory when there is room in it.
func memoryBases() []string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(memory, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < memoryBytesMin {
		return nil
	}
	return []string{memory}
}

// endWithCreator makes the system end the program when the thread that started it ends: an
// immediate shutdown. startProcess keeps that thread for as long as the program runs.
func endWithCreator(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGQUIT }
