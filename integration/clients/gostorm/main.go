// SPDX-License-Identifier: MIT

// gostorm FILE ROUNDS [PROFILE]: more goroutines than processors map FILE (64 KiB of the letter a)
// and unmap it, start programs and end threads, while the garbage collector runs. Each goroutine
// does ROUNDS rounds. Prints how many it did, and exits with 1 if anything went wrong. Writes a CPU
// profile to PROFILE.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
)

const size, workers = 65536, 32

var mappings, programs, threads, wrong atomic.Int64

func isWrong(what string, err error) {
	if wrong.Add(1) < 10 {
		fmt.Println(what, err)
	}
}

func mapOnce(file *os.File) {
	data, err := syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil || data[0] != 'a' || data[size-1] != 'a' {
		isWrong("mmap", err)
		return
	}
	if err := syscall.Mprotect(data, syscall.PROT_READ|syscall.PROT_WRITE); err != syscall.EACCES {
		isWrong("mprotect", err)
	}
	if err := syscall.Munmap(data); err != nil {
		isWrong("munmap", err)
	}
	mappings.Add(1)
}

func start(path string) {
	if out, err := exec.Command(os.Args[0], path).CombinedOutput(); err != nil {
		isWrong("program: "+string(out), err)
	}
	programs.Add(1)
}

// A thread that is locked to a goroutine ends with it.
func endThread(file *os.File) {
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		runtime.LockOSThread()
		mapOnce(file)
		threads.Add(1)
	}()
	done.Wait()
}

func storm(file *os.File, rounds int) {
	var all sync.WaitGroup
	for worker := range workers {
		all.Add(1)
		go func() {
			defer all.Done()
			var kept [][]byte
			for round := range rounds {
				mapOnce(file)
				kept = append(kept, make([]byte, size))
				switch (worker + round) % 16 {
				case 0:
					start(file.Name())
				case 1:
					endThread(file)
				case 2:
					kept = nil
					runtime.GC()
				}
			}
		}()
	}
	all.Wait()
}

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 || len(os.Args) > 4 || os.Args[1] == "--help" {
		log.Fatal("usage: gostorm FILE [ROUNDS [PROFILE]]")
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) == 2 { // as a child
		mapOnce(file)
		os.Exit(int(wrong.Load()))
	}
	rounds, err := strconv.Atoi(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) > 3 {
		out, err := os.Create(os.Args[3])
		if err != nil {
			log.Fatal(err)
		}
		if err := pprof.StartCPUProfile(out); err != nil {
			log.Fatal(err)
		}
		defer out.Close()
	}
	storm(file, rounds)
	pprof.StopCPUProfile()
	fmt.Printf("%d mappings, %d programs, %d threads: %d wrong\n", mappings.Load(), programs.Load(), threads.Load(),
		wrong.Load())
	if wrong.Load() != 0 || programs.Load() == 0 || threads.Load() == 0 {
		os.Exit(1)
	}
}
