import streamlit as st

st.title("movement")
