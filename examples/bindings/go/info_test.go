// SPDX-License-Identifier: MIT

package info

import (
	"math"
	"sync"
	"testing"
)

func TestMeasures(t *testing.T) {
	logits, err := View([]float32{2, 1, 0, -1, 0, 0, 0, 0}, 4)
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := NewContext(2)
	if err != nil {
		t.Fatal(err)
	}
	defer ctx.Close()
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			bits, err := Entropy(ctx, logits, Options{Kind: Logits, Unit: Bit})
			if err != nil || len(bits) != 2 || bits[1] != 2 {
				t.Error(bits, err)
			}
		}()
	}
	group.Wait()
	all, err := KL(nil, logits, logits, PairOptions{PKind: Logits, QKind: Logits, AllPairs: true})
	if err != nil || len(all) != 4 || all[0] != 0 || all[1] <= 0 {
		t.Error(all, err)
	}
}

func TestErrors(t *testing.T) {
	if _, err := View([]float64{1, 2, 3}, 2); err == nil {
		t.Error("a row was cut")
	}
	if _, err := NewContext(-1); err == nil {
		t.Error("-1 threads")
	}
	x, _ := View([]float64{0.5, 0.5, math.NaN(), 1}, 2)
	if out, err := Entropy(nil, x, Options{}); out != nil || err == nil {
		t.Error(out, err)
	}
	out, err := Entropy(nil, x, Options{NaNRows: true})
	failure, ok := err.(*Error)
	if !ok || failure.Status != InvalidRows || len(out) != 2 || out[0] != math.Ln2 || !math.IsNaN(out[1]) {
		t.Error(out, err)
	}
	closed, _ := NewContext(1)
	closed.Close()
	if _, err := Entropy(closed, x, Options{}); err == nil {
		t.Error("a closed context was used")
	}
	if _, err := Entropy(nil, Matrix{}, Options{}); err == nil {
		t.Error("an empty matrix was measured")
	}
}
