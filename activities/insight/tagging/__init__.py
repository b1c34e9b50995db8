"""The trained tagger: features of a text, learnt weights, and the file that holds them.

Promises the same features in training and in use. Must not know the policies that trust a tag.
"""
