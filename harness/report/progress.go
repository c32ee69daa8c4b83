package report

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"
)

// plainSteps is how many lines a run prints where there is no terminal: enough to see in a log that it moves.
const plainSteps = 4

// Progress shows how many cases are judged.
type Progress struct {
	w     io.Writer
	name  string
	total int
	bars  *mpb.Progress // nil: plain lines
	bar   *mpb.Bar

	mu   sync.Mutex
	done int
}

// NewProgress shows a bar on w when it is a terminal, plain lines otherwise. Done has to be called in the end.
func NewProgress(w io.Writer, name string, total int) *Progress {
	p := &Progress{w: w, name: name, total: total}
	if f, ok := w.(*os.File); !ok || !term.IsTerminal(int(f.Fd())) {
		return p
	}
	p.bars = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))
	p.bar = p.bars.AddBar(int64(total), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(name+" ")),
		mpb.AppendDecorators(decor.CountersNoUnit("%d of %d cases")))
	return p
}

// Add says that so many more cases are judged. It may be called from several goroutines.
func (p *Progress) Add(cases int) {
	if p.bar != nil {
		p.bar.IncrBy(cases)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.step()
	p.done += cases
	for step := before + 1; step <= p.step(); step++ {
		// Progress that cannot be shown is no reason to stop judging.
		_, _ = fmt.Fprintf(p.w, "%s: %d %% of %d cases\n", p.name, 100*step/plainSteps, p.total)
	}
}

func (p *Progress) step() int {
	if p.total == 0 {
		return 0
	}
	return p.done * plainSteps / p.total
}

// Done takes the bar away.
func (p *Progress) Done() {
	if p.bar == nil {
		return
	}
	p.bar.Abort(true)
	p.bars.Wait()
}
