"""Yichuang (一窗): the software of a provincial government-service centre, one package per room."""
