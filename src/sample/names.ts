/** Names of people, from many countries. Drawn independently, so first and last names mix. */

/** Given names of women, and some that men carry too. */
export const WOMEN: readonly string[] = words(`
Abigail Ada Adriana Agnes Aiko Aisha Alejandra Alex Alice Amara Amelia Amy Ana Andrea Angela Anika Anita Anna Astrid
Audrey Ayumi Barbara Beatriz Bianca Camila Carla Caroline Catherine Cecilia Charlotte Chiara Chloe Christina Claire
Clara Cristina Daniela Deborah Diana Dora Edith Elena Elif Elise Elizabeth Ella Emily Emma Erika Esther Eva Fatima
Fiona Florence Frances Francesca Gabriela Giulia Gloria Grace Greta Hana Hannah Harriet Heidi Helen Helena Ines
Ingrid Irene Iris Isabel Jada Jana Jasmine Jean Jennifer Jessica Joan Johanna Joyce Judith Julia Karen Karin
Katarina Kate Keiko Laila Laura Lea Leila Leticia Lina Linda Lisa Louise Lucia Lucy Maja Margaret Maria Marie Marta
Mary Matilda Maya Megan Mei Mila Miriam Monica Nadia Naomi Natalie Nicole Nina Nora Olga Patricia Paula Petra Priya
Rachel Rebecca Regina Rita Rosa Ruth Sabine Sam Samira Sandra Sara Sarah Sofia Sonia Stella Susan Sylvia Tamara
Tanya Teresa Tina Valentina Valerie Vera Victoria Wei Wendy Yasmin Yuki Zainab Zara Zeynep Zoe Chloé Élodie Mónica
Zoë
`);

/** Given names of men, and some that women carry too. */
export const MEN: readonly string[] = words(`
Aaron Adam Ahmed Alan Alex Alfredo Amir Andrea Andrew Anthony Antonio Arjun Arthur Benjamin Bernard Boris Brian
Bruno Carlos Charles Colin Daniel David Deepak Diego Dmitri Dominic Eduardo Edward Emeka Emil Eric Ethan Felix
Fernando Frank Frederik Gabriel George Gerald Graham Harold Hassan Henry Hugo Ibrahim Ignacio Isaac Ivan Jack Jacob
James Jan Javier Jean Joel John Jonas Jorge Joseph Juan Julian Kaito Karim Kenji Kevin Kofi Kwame Lars Leo Leon Liam
Lucas Luis Malik Marco Mario Mark Martin Mateo Michael Miguel Milan Minh Mohamed Nathan Nicholas Nikhil Noah Oliver
Omar Oscar Pablo Paolo Patrick Paul Pedro Peter Philip Pierre Rafael Rahul Raj Ricardo Richard Robert Roberto Rohan
Ryan Sam Samuel Sean Sergei Stefan Stephen Sven Theo Thomas Tom Tomas Victor Vikram Viktor Vincent Walter Wei
William Xavier Yuki Yusuf André Björn François Jürgen José Łukasz Søren
`);

/** Family names. */
export const LAST_NAMES: readonly string[] = words(`
Abbott Abe Adeyemi Aguilar Ahmadi Ali Almeida Alvarez Andersen Anderson Antonelli Arnold Ashworth Bailey Baker Banerjee
Barbosa Barker Bauer Becker Bell Bennett Berg Bianchi Blake Bond Bosch Bowen Braun Brennan Brooks Brown Burke Calder
Campbell Cardoso Carlson Carter Castillo Chan Chandra Chavez Chen Cho Christensen Clarke Cohen Cole Conti Cooper Costa
Cruz Curtis Dalton Davies Dawson Delgado Diaz Dixon Dogan Dubois Duarte Dvorak Eaton Edwards Eriksen Evans Farah Faure
Fernandes Ferrari Fischer Fleming Fletcher Flores Fontaine Ford Foster Fraser Fuchs Fujita Gallagher Garcia Garner
Gibson Gill Gomez Gordon Graf Grant Greco Greene Gupta Haddad Hall Hamilton Hansen Hara Harper Hartmann Hassan Hayes
Henderson Herrera Hill Hoffmann Holm Horvat Howard Huang Hughes Hussein Ibarra Ito Ivanov Iyer Jackson Jansen Jensen
Johansson Jones Joshi Kaplan Kaur Keller Kelly Khan Kim King Klein Koch Kovacs Kowalski Kramer Kumar Lambert Lang Larsen
Laurent Lee Lehmann Leroy Lewis Lim Lindgren Liu Lombardi Lopez Lund MacDonald Maier Malik Mancini Marchetti Marino
Marshall Martin Martinez Mason Matsuda Mehta Mendes Mensah Meyer Mills Mitchell Moeller Mohr Molina Moore Morales Moreau
Moretti Morgan Morris Mueller Murphy Murray Nakamura Navarro Nelson Neumann Nguyen Nielsen Nkosi Novak Nowak Nunez Obi
Ochoa Okafor Okoye Oliveira Olsen Ortega Osei Osman Owens Palmer Papadopoulos Park Parker Patel Pearson Pereira Perez
Petersen Petrov Pham Phillips Pinto Popescu Porter Powell Prasad Price Quinn Rahman Ramirez Ramos Rao Reed Reid Reyes
Ricci Richter Rivera Roberts Robinson Rogers Romano Rossi Rossini Russo Ryan Saito Salazar Sanchez Santos Sato Schmidt
Schneider Schulz Scott Shah Shaw Silva Simon Singh Smith Sokolov Sousa Stein Stone Suzuki Svensson Takahashi Tan Tanaka
Tate Taylor Thompson Torres Tran Tucker Turner Vance Vargas Vasquez Vega Visser Vogel Wagner Walker Wallace Walsh Wang
Ward Watanabe Weber Webster Werner West White Wilson Winter Wong Wood Wright Yamamoto Yilmaz Young Yusuf Zhang Ziegler
Zimmerman Núñez Öztürk Šimić Müller Lévy Sørensen
`);

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
