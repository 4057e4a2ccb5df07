// SPDX-License-Identifier: MIT

// Prints measures of the shared vectors, to be compared with those of C.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"

	info "libinfo"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(in *bufio.Reader) info.Matrix {
	var name string
	var rows, cols int
	_, err := fmt.Fscan(in, &name, &rows, &cols)
	check(err)
	values := make([]float64, rows*cols)
	for i := range values {
		var word string
		var bits uint64
		_, err = fmt.Fscan(in, &word)
		check(err)
		_, err = fmt.Sscanf(word, "%x", &bits)
		check(err)
		values[i] = math.Float64frombits(bits)
	}
	view, err := info.View(values, cols)
	check(err)
	return view
}

func show(name string) func([]float64, error) {
	return func(values []float64, err error) {
		check(err)
		fmt.Print(name)
		for _, value := range values {
			fmt.Printf(" %016x", math.Float64bits(value))
		}
		fmt.Println()
	}
}

func main() {
	file, err := os.Open(os.Args[1])
	check(err)
	in := bufio.NewReader(file)
	x, y := read(in), read(in)
	var name string
	targets := make([]int64, 3)
	_, err = fmt.Fscan(in, &name, &targets[0], &targets[1], &targets[2])
	check(err)

	one := info.Options{Kind: info.Logits, Unit: info.Bit}
	two := info.PairOptions{PKind: info.Logits, QKind: info.Logits}
	show("entropy")(info.Entropy(nil, x, one))
	show("renyi_entropy")(info.RenyiEntropy(nil, x, 2, one))
	show("kl")(info.KL(nil, x, y, two))
	show("js")(info.JS(nil, x, y, two))
	show("nll")(info.NLL(nil, x, targets))
	model, err := info.Perplexity(nil, x, targets)
	show("perplexity")([]float64{model.Perplexity}, err)
	_, err = info.Entropy(nil, x, info.Options{})
	var failure *info.Error
	if !errors.As(err, &failure) {
		os.Exit(1)
	}
	fmt.Printf("error %d %s\n", failure.Status, failure.Text)
}
