"""Why somebody came and did not buy (未成交原因): when it is asked, what share each reason has, who came back."""
