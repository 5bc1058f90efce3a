// SPDX-License-Identifier: MIT

// boltcat make|read FILE: makes a bbolt database of 1000 pairs, or prints its pairs.
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	bolt "go.etcd.io/bbolt"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: boltcat make|read FILE")
	}
	options := &bolt.Options{ReadOnly: os.Args[1] == "read", Timeout: time.Second}
	db, err := bolt.Open(os.Args[2], 0o600, options)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	bucket := []byte("pairs")
	if options.ReadOnly {
		err = db.View(func(tx *bolt.Tx) error {
			return tx.Bucket(bucket).ForEach(func(key, value []byte) error {
				fmt.Printf("%s %s\n", key, value)
				return nil
			})
		})
	} else {
		err = db.Update(func(tx *bolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(bucket)
			for n := 0; err == nil && n < 1000; n++ {
				err = b.Put(fmt.Appendf(nil, "%04d", n), fmt.Appendf(nil, "value %d", n))
			}
			return err
		})
	}
	if err != nil {
		log.Fatal(err)
	}
}
