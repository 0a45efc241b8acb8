"""Glossary: what every word of the playground means, and where to read more."""

import streamlit as st

from pages.ui import explain, frame, glossary_list

frame.header("Glossary", "Every word that the playground uses, in a few sentences, with where to read more. fast.ai's "
                         "word stands beside the field's where it is another.")
wanted = st.text_input("Find a word", key="word", placeholder="Find a word: loss, freeze, t-SNE …", bind="query-params",
                       label_visibility="collapsed", icon=":material/search:", width=420)
found = glossary_list.found(wanted)
if not found:
    st.info(f"No word here has “{frame.plain(wanted)}” in it. Try a part of it, or empty the field to see all of them.")
for topic, terms in found.items():
    st.subheader(topic, anchor=False)
    for row in glossary_list.rows_of(terms):
        for column, term in zip(st.columns(glossary_list.A_ROW, gap="large"), row, strict=False):
            column.markdown(explain.in_words(term))
