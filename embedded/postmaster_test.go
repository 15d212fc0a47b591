package embedded

import "testing"

func TestParsePostmaster(t *testing.T) {
	t.Parallel()
	p, err := parsePostmaster("4711\n/data/17\n1795400000\n40123\n\n127.0.0.1\n  5432001     65537\nready   \n")
	if err != nil || p.pid != 4711 || p.port != 40123 || p.status != "ready" {
		t.Errorf("a running server is %+v, %v", p, err)
	}
	if p, err := parsePostmaster("4711\n/data/17\n1795400000\n"); err != nil || p.status != "" {
		t.Errorf("a starting server is %+v, %v", p, err)
	}
	for _, text := range []string{"", "\n", "-12\n/data\n", "0\n", "x"} {
		if p, err := parsePostmaster(text); err == nil {
			t.Errorf("%q is %+v", text, p)
		}
	}
}

func FuzzParsePostmaster(f *testing.F) {
	f.Add("4711\n/data/17\n1795400000\n40123\n\n127.0.0.1\n  5432001     65537\nready   \n")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := parsePostmaster(text); err == nil && p.pid <= 0 {
			t.Errorf("process %d", p.pid)
		}
	})
}
