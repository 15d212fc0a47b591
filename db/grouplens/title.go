package grouplens

import (
	"regexp"
	"strconv"
	"strings"
)

// DisplayTitle turns a data set's title into the one that people know, and its year, 0 for none: "Matrix, The (1999)" is
// "The Matrix" of 1999. Other titles of the film, in parentheses at the end, are left out.
func DisplayTitle(raw string) (title string, year int) {
	title, year = cutYear(strings.Join(strings.Fields(raw), " "))
	return frontArticle(cutOtherTitles(title)), year
}

// yearAtEnd finds a year in parentheses; a hyphen or a dash may follow it, and a second year the dash.
var yearAtEnd = regexp.MustCompile(`^(.*?) ?\((\d{4})(?: ?[-–—] ?(?:\d{4})?)?\)$`)

// cutYear takes the year off the end. Of a range, "(2006–2007)", it is the first.
func cutYear(title string) (rest string, year int) {
	found := yearAtEnd.FindStringSubmatch(title)
	if found == nil || found[1] == "" {
		return title, 0
	}
	year, err := strconv.Atoi(found[2])
	if err != nil || year < 1870 || year > 2099 {
		return title, 0
	}
	return found[1], year
}

// cutOtherTitles takes the parentheses off the end, unless they are all of the title or end a phrase: "(500) Days of
// Summer" and "Birdman: Or (The Unexpected Virtue of Ignorance)" stay.
func cutOtherTitles(title string) string {
	for strings.HasSuffix(title, ")") {
		open := openingParenthesis(title)
		if open < 2 || title[open-1] != ' ' {
			return title
		}
		rest := strings.TrimSpace(title[:open])
		if lower := strings.ToLower(rest); rest == "" || strings.HasSuffix(lower, " or") {
			return title
		}
		title = rest
	}
	return title
}

// openingParenthesis returns where the parenthesis opens that the title's last character closes, or -1.
func openingParenthesis(title string) int {
	depth := 0
	for i := len(title) - 1; i >= 0; i-- {
		switch title[i] {
		case ')':
			depth++
		case '(':
			depth--
		}
		if depth == 0 {
			return i
		}
	}
	return -1
}

// frontArticle puts a trailing article where it belongs: "Avventura, L'" becomes "L'Avventura".
func frontArticle(title string) string {
	comma := strings.LastIndex(title, ", ")
	if comma < 1 {
		return title
	}
	rest, article := title[:comma], title[comma+2:]
	switch article {
	case "The", "A", "An",
		"Le", "La", "Les", "Un", "Une", "Des",
		"Der", "Die", "Das", "Ein", "Eine",
		"Il", "Lo", "I", "Gli", "Uno", "Una",
		"El", "Los", "Las", "O", "Os", "As", "Um", "Uma",
		"Da", "De", "Het", "Een", "Den", "Det", "En", "Et", "Ett":
		return article + " " + rest
	case "L'", "L’", "Un'":
		return article + rest
	}
	return title
}
