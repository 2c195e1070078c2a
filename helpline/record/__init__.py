"""The record of who saw or changed what, as pages for those who may read it."""
