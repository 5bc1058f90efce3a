// Command gogit does jobs of git with go-git. It makes its mmap calls by itself, not through a
// libc, with cgo or without.
//
//	gogit clone URL DIR	go-git maps the files of .git; if it cannot, it reads them
//	gogit cat DIR		like git cat-file --batch, from the packs of DIR: go-git maps each
//				pack, its index and its reverse index, and fails if it cannot
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/go-git/go-billy/v6/osfs"
	"github.com/go-git/go-git/v6"
	"github.com/go-git/go-git/v6/plumbing"
	"github.com/go-git/go-git/v6/plumbing/cache"
	"github.com/go-git/go-git/v6/storage/filesystem"
	"github.com/go-git/go-git/v6/storage/filesystem/dotgit"
	"github.com/go-git/go-git/v6/storage/filesystem/mmap"
)

func clone(url, dir string) error {
	storage := filesystem.NewStorage(
		osfs.New(filepath.Join(dir, ".git"), osfs.WithMmap()), cache.NewObjectLRUDefault())
	_, err := git.Clone(storage, osfs.New(dir), &git.CloneOptions{URL: url})
	return errors.Join(err, storage.Close())
}

func scanner(repo *dotgit.DotGit, name plumbing.Hash) (*mmap.PackScanner, error) {
	pack, err := repo.ObjectPack(name)
	if err != nil {
		return nil, err
	}
	index, err := repo.ObjectPackIdx(name)
	if err != nil {
		return nil, err
	}
	reverse, err := repo.ObjectPackRev(name)
	if err != nil {
		return nil, err
	}
	return mmap.NewPackScanner(name.Size(), pack, index, reverse)
}

// scanners maps all packs. They stay mapped until the program ends.
func scanners(dir string) ([]*mmap.PackScanner, error) {
	repo := dotgit.New(osfs.New(filepath.Join(dir, ".git")))
	names, err := repo.ObjectPacks()
	if err != nil {
		return nil, err
	}
	var packs []*mmap.PackScanner
	for _, name := range names {
		pack, err := scanner(repo, name)
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
		packs = append(packs, pack)
	}
	return packs, nil
}

func find(packs []*mmap.PackScanner, name plumbing.Hash) (plumbing.EncodedObject, error) {
	for _, pack := range packs {
		object, err := pack.Get(name)
		if !errors.Is(err, mmap.ErrObjectNotFound) {
			return object, err
		}
	}
	return nil, mmap.ErrObjectNotFound
}

func show(out io.Writer, object plumbing.EncodedObject) error {
	in, err := object.Reader()
	if err != nil {
		return err
	}
	defer in.Close()
	fmt.Fprintf(out, "%s %s %d\n", object.Hash(), object.Type(), object.Size())
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out)
	return err
}

func cat(dir string) error {
	packs, err := scanners(dir)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	names := bufio.NewScanner(os.Stdin)
	for names.Scan() {
		object, err := find(packs, plumbing.NewHash(names.Text()))
		if err == nil {
			err = show(out, object)
		}
		if err != nil {
			return fmt.Errorf("object %s: %w", names.Text(), err)
		}
	}
	return errors.Join(names.Err(), out.Flush())
}

func main() {
	err := errors.New("usage: gogit clone URL DIR | gogit cat DIR")
	switch args := os.Args[1:]; {
	case len(args) == 3 && args[0] == "clone":
		err = clone(args[1], args[2])
	case len(args) == 2 && args[0] == "cat":
		err = cat(args[1])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gogit:", err)
		os.Exit(1)
	}
}
