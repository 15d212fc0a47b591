package demo

import (
	"math/rand/v2"
	"strings"
)

// names invents n people's names, no two alike. Given and family names are mostly from the same part of the world.
func names(n int, seed uint64) []string {
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	parts := [][2]string{
		{
			"Imogen Callum Beatrix Rufus Maeve Silas Edith Gareth Nora Owen Harriet Theo Alice Dylan",
			"Ashdown Birtwell Calloway Ellery Fenwick Garrick Hollis Inglewood Jessop Kerridge Lockyer Nettleton Oakhurst Penrose",
		},
		{
			"Camille Bastien Élodie Lucien Manon Rémi Océane Thibault Margaux Yannick Clémence Gaël",
			"Aubertin Bellerose Chastain Delacourt Fontenay Garnier Hautecoeur Lambertin Marchandeau Perrin Rochebrune Vauclair",
		},
		{
			"Leonie Matthis Friederike Jannik Annika Konrad Svenja Till Marlene Jost Wiebke Ruben",
			"Ackerbach Brunnhuber Dornfeld Eichwald Falkenried Grünberg Hasenkamp Lindenau Moorkamp Rosental Steinhof Winterfeld",
		},
		{
			"Ginevra Tommaso Ludovica Ettore Chiara Renzo Fiamma Dario Noemi Saverio Mirella Corrado",
			"Altamura Bellandi Casagrande Dellacqua Fiorentini Grimaldelli Lombardelli Montalbani Pellegrino Querini Ravelli Santacroce",
		},
		{
			"Marisol Joaquín Itzel Emiliano Ximena Facundo Paloma Renato Lucía Thiago Inês Anselmo",
			"Arriaga Barrenechea Camposeco Echeverri Figueroa Guadarrama Izquierdo Lazcano Montesinos Quiroga Valdivieso Zamorano",
		},
		{
			"Chiamaka Tendai Amara Kwabena Zanele Babajide Nia Sefu Abena Thabo Folake Jelani",
			"Adeyinka Boakye Chukwuma Dlamini Eze Gyamfi Kamau Mwangi Nkosi Obiora Sithole Wanjiru",
		},
		{
			"Layla Idris Samira Farid Yasmin Karim Nour Bilal Shirin Navid Zeynep Emre",
			"Al-Amin Bakhtiari Darwish El-Khoury Farahani Haddadi Karaca Mansouri Nazari Qasim Sabbagh Yildiray",
		},
		{
			"Ananya Rohan Meera Arjun Kavya Vikram Ishani Nikhil Priya Farhan Lakshmi Tanvir",
			"Agarwala Banerji Chaudhari Deshpande Ganguli Iyengar Kulkarni Mahalingam Nambiar Raghavan Seneviratne Wickramage",
		},
		{
			"Haruka Ren Mei Jian Soo-ah Min-jun Linh Tuan Akari Sota Xiu Wei",
			"Aoyama Baek Chikamatsu Deng Fujimori Hoang Ishikura Kwon Luo Mineyama Nguyen Takamine",
		},
		{
			"Zofia Bogdan Milena Radek Oksana Taras Ilinca Andrei Vesna Dragan Eszter Benedek",
			"Bielecki Chmielewska Dobrev Horvat Ionescu Jelinek Kovalenko Lazarescu Novotny Petrovych Szilagyi Zelenka",
		},
		{
			"Freja Aksel Sunniva Eirik Tuuli Otso Signe Halvard Linnea Joakim Solveig Kaarlo",
			"Bergstrand Dahlgren Ekholm Fjeldstad Granqvist Hakala Koskela Lindqvist Nygaard Rautio Sandvik Thorsen",
		},
		{
			"Aroha Nikau Leilani Keanu Mereana Tama Talia Avi Noa Eitan Sina Malakai",
			"Faleolo Ben-Shalom Hohepa Kahananui Leavasa Mizrahi Ngata Paraone Rosenthal Tuimaseve Wharepapa Yerushalmi",
		},
	}
	given, family := make([][]string, len(parts)), make([][]string, len(parts))
	for i, p := range parts {
		given[i], family[i] = strings.Fields(p[0]), strings.Fields(p[1])
	}
	taken := map[string]bool{}
	all := make([]string, 0, n)
	for len(all) < n {
		from := random.IntN(len(parts))
		to := from
		if random.Float64() < .15 {
			to = random.IntN(len(parts))
		}
		name := given[from][random.IntN(len(given[from]))] + " " + family[to][random.IntN(len(family[to]))]
		if !taken[name] {
			taken[name] = true
			all = append(all, name)
		}
	}
	return all
}
