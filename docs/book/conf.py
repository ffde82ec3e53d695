"""The book: how Sphinx turns the executed notebooks into pages that need no network. ``make book`` runs it."""

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.search import SearchLanguage
from sphinx.search.en import SearchEnglish

project = "alsteach"
html_title = "alsteach: one trial, two hazard ratios"
html_short_title = "Contents"
copyright = "The alsteach authors; BSD-3-Clause"
language = "en"
smartquotes = False  # quotation marks as the notebooks have them

extensions = ["myst_nb"]
nb_execution_mode = "off"  # tools/make_book.py has run the notebooks
nb_render_markdown_format = "gfm"
nb_ipywidgets_js: dict = {}  # myst-nb would ask a CDN for scripts that stills do without
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["deflist", "dollarmath"]

html_theme = "basic"
pygments_style = "default"
html_static_path = ["static"]
templates_path = ["templates"]
html_css_files = ["book.css"]
html_sidebars = {"**": ["searchfield.html", "globaltoc.html", "localtoc.html"]}
html_theme_options = {"globaltoc_maxdepth": 1}
html_math_renderer = "mathml"
html_copy_source = html_show_sourcelink = html_use_index = False
html_show_search_summary = False  # summaries are fetched, which pages opened from a disk may not do


class WholeWords(SearchLanguage):
    """Words as they stand, less a plural s: the search then finds a word by any part of it, "collapsib" too."""

    lang, language_name = "en", "English"
    stopwords = SearchEnglish.stopwords
    js_stemmer_code = (
        "var Stemmer = function () { this.stemWord = (w) => w.toLowerCase().replace(/([^s])s$/, '$1'); };"
    )

    def stem(self, word: str) -> str:
        word = word.lower()
        return word[:-1] if len(word) > 1 and word[-1] == "s" and word[-2] != "s" else word


def mathml(self, node: nodes.Element) -> None:
    """Write a formula as MathML, which browsers show without a script or a font."""
    block = isinstance(node, nodes.math_block)
    formula = tex2mathml(node.astext(), as_block=block)
    self.body.append(f"<div>{formula}</div>" if block else formula)
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
    app.add_search_language(WholeWords)
