// Runs before the page is painted: tells the styles that scripts work, so that nothing flickers in later.
document.documentElement.classList.add("js");
