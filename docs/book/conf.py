"""The book: how Sphinx turns the executed notebooks into pages that need no network. ``make book`` runs it."""

import sys
from fnmatch import fnmatch
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.domains.python import PythonDomain
from sphinx.search import SearchLanguage
from sphinx.search.en import SearchEnglish

sys.path.insert(0, str(Path(__file__).parent))

from reference import BEHIND, place_of

project = "alsteach"
html_title = "alsteach: one trial, two hazard ratios"
copyright = "The alsteach authors. Texts and pictures: CC BY 4.0; code: BSD-3-Clause."
language = "en"
smartquotes_action = "D"  # dashes only: quotation marks stay as the notebooks have them

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
autodoc_typehints = "none"
add_module_names = False
toc_object_entries_show_parents = "hide"
add_function_parentheses = False
default_role = "py:obj"  # a name in a docstring leads to its entry,
nitpicky = True  # or the book is not made;
nitpick_ignore_regex = [("py:class", ".*"), ("py:obj", "True|False|None")]  # types are words
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_preprocess_types = True
napoleon_type_aliases = {
    thing.__name__: f":py:class:`~alsteach.{place_of(thing)}`"
    for things in BEHIND.values()
    for thing in things
}
nb_execution_mode = "off"  # tools/make_book.py has run the notebooks
nb_render_markdown_format = "gfm"
nb_ipywidgets_js: dict = {}  # myst-nb would ask a CDN for scripts that the book does without
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["deflist", "dollarmath"]

html_theme, html_theme_path = "face", ["."]
html_static_path = ["static"]
html_js_files = [("book.js", {"defer": "defer"})]
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


class Python(PythonDomain):
    """The package's names come last in a search: readers look for words."""

    def get_objects(self):
        return ((*entry[:-1], 2) for entry in super().get_objects())


def mathml(self, node: nodes.Element) -> None:
    """Write a formula as MathML, which browsers show without a script or a font."""
    block = isinstance(node, nodes.math_block)
    formula = tex2mathml(node.astext(), as_block=block)
    self.body.append(f"<div>{formula}</div>" if block else formula)
    raise nodes.SkipNode


def contents(app, pagename: str, templatename: str, context: dict, doctree) -> None:
    """Give the template the pages by kind, in their order."""

    def listed(name: str) -> list[tuple[str, str]]:
        return [(page, app.env.titles[page].astext()) for page in app.env.toctree_includes.get(name, [])]

    kinds = {"pages": "[0-9]*", "glossary": "glossary", "code": "code/*", "reference": "reference"}
    context["contents"] = {
        kind: [page for page in listed("index") if fnmatch(page[0], names)] for kind, names in kinds.items()
    }
    context["contents"]["parts"] = listed("reference") if pagename.startswith("reference") else []


def setup(app):
    app.connect("html-page-context", contents)
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
    app.add_search_language(WholeWords)
    app.add_domain(Python, override=True)
