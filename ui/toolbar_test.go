package ui

import "testing"

func TestBreadcrumbsAreTheLastFolders(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{breadcrumb("/home/ann/amazon/images/mug"), "… › amazon › images › mug"},
		{breadcrumb("/mug"), "mug"},
		{breadcrumb(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q; want %q", c.got, c.want)
		}
	}
}
